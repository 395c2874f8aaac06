/** The one literal method and path that an allow is good for. */

/** API Gateway refuses a policy with a longer resource. */
const LONGEST = 512;
/** `arn:…:<api>/<stage>/<METHOD>/`, and the path after it. */
const METHOD_ARN = /^(arn:[^/*?]+\/[^/*?]+\/[A-Z]+\/)(.*)$/s;

/**
 * Turns the ARN of the called method into a policy's resource. In a policy `*` stands for anything and `$` may begin a
 * variable, so every character of the path beyond the plain ones becomes `?`, which stands for exactly one.
 * @returns undefined when it is too long to be named
 */
export function nameMethod(methodArn: string): string | undefined {
  const [, prefix, path] = METHOD_ARN.exec(methodArn) ?? [];
  if (prefix === undefined || path === undefined) throw new Error("the event's methodArn is not one of a method");
  const resource = prefix + path.replace(/[^A-Za-z0-9/._~:%-]/g, "?");
  return resource.length <= LONGEST ? resource : undefined;
}
