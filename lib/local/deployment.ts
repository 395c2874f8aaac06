/**
 * A tenant's stacks as if they were deployed: finds resources and resolves CloudFormation's intrinsic functions, dynamic
 * references to secrets among them. What the template cannot say is refused here, as CloudFormation would refuse it.
 */
import type { Resource, Stack } from "./assembly.ts";
import { attributeOf, referenceOf } from "./physical-names.ts";
import { asList, asText, isRecord } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

const NO_VALUE = Symbol("AWS::NoValue");
const SECRET_REFERENCE =
  /\{\{resolve:secretsmanager:(arn:(?:[^:}]*:){5}[^:}]+|[^:}]+)(?::SecretString(?::([^:}]*))?(?::[^}]*)?)?\}\}/g;

interface Surroundings {
  /** Where the local sign-in answers: the user pool's provider URL. */
  readonly providerUrl: string;
  /** The value of a secret of the template; `field` picks a member of a JSON secret. */
  readonly secretOf: (secret: Resource, field: string | undefined) => string;
}

export class Deployment {
  readonly #stacks: readonly Stack[];
  readonly #surroundings: Surroundings;

  constructor(stacks: readonly Stack[], surroundings: Surroundings) {
    this.#stacks = stacks;
    this.#surroundings = surroundings;
  }

  /** All resources of these types, in the order of the templates. */
  every(...types: readonly string[]): Resource[] {
    return this.#stacks.flatMap((stack) => [...stack.resources.values()].filter(({ type }) => types.includes(type)));
  }

  /** The only resource of these types. @throws StartRefusal when there is none, or more than one */
  only(...types: readonly string[]): Resource {
    const [found, ...more] = this.every(...types);
    if (found === undefined) throw new StartRefusal(`The template has no ${types.join(" or ")}.`);
    if (more.length > 0) throw new StartRefusal(`The template has more than one ${types.join(" or ")}.`);
    return found;
  }

  /** A property with everything in it resolved; `undefined` where it is absent. */
  property(resource: Resource, name: string): unknown {
    const value = this.#resolve(resource.stack, resource.properties[name]);
    return value === NO_VALUE ? undefined : this.#withSecrets(value);
  }

  attribute(resource: Resource, name: string): string {
    return attributeOf(resource, name, this.#surroundings.providerUrl);
  }

  #resolve(stack: Stack, node: unknown): unknown {
    if (Array.isArray(node)) return node.map((it) => this.#resolve(stack, it)).filter((it) => it !== NO_VALUE);
    if (!isRecord(node)) return node;
    const [entry, ...more] = Object.entries(node);
    if (entry !== undefined && more.length === 0 && (entry[0] === "Ref" || entry[0].startsWith("Fn::"))) {
      return this.#call(stack, entry[0], entry[1]);
    }
    const resolved = Object.entries(node).map(([key, it]): [string, unknown] => [key, this.#resolve(stack, it)]);
    return Object.fromEntries(resolved.filter(([, it]) => it !== NO_VALUE));
  }

  #call(stack: Stack, name: string, argument: unknown): unknown {
    switch (name) {
      case "Ref":
        return this.#ref(stack, asText(argument, "Ref"));
      case "Fn::GetAtt": {
        const path = typeof argument === "string" ? argument.split(/\.(.*)/s) : asList(argument, name);
        return this.attribute(this.#resource(stack, asText(path[0], name)), asText(path[1], name));
      }
      case "Fn::ImportValue":
        return this.#import(asText(this.#resolve(stack, argument), name));
      case "Fn::Sub":
        return this.#sub(stack, argument);
      case "Fn::Join": {
        const [separator, parts] = asList(argument, name);
        const texts = asList(this.#resolve(stack, parts), name);
        return texts.map((part) => scalar(part, name)).join(scalar(separator, name));
      }
      case "Fn::Split": {
        const [separator, source] = asList(argument, name);
        return scalar(this.#resolve(stack, source), name).split(scalar(separator, name));
      }
      case "Fn::Select": {
        const [index, list] = asList(argument, name);
        const chosen = asList(this.#resolve(stack, list), name)[Number(index)];
        if (chosen === undefined) throw new StartRefusal(`${stack.name}: Fn::Select ${index} is beyond its list.`);
        return chosen;
      }
      default:
        throw new StartRefusal(`${stack.name}: the local host does not know ${name}.`);
    }
  }

  #ref(stack: Stack, name: string): unknown {
    switch (name) {
      case "AWS::NoValue":
        return NO_VALUE;
      case "AWS::Region":
        return stack.region;
      case "AWS::AccountId":
        return stack.account;
      case "AWS::Partition":
        return "aws";
      case "AWS::URLSuffix":
        return "amazonaws.com";
      case "AWS::StackName":
        return stack.name;
      default:
        return referenceOf(this.#resource(stack, name));
    }
  }

  #sub(stack: Stack, argument: unknown): string {
    const [text, variables] = typeof argument === "string" ? [argument, {}] : asList(argument, "Fn::Sub");
    return asText(text, "Fn::Sub").replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal === "!") return `\${${name}}`;
      if (isRecord(variables) && Object.hasOwn(variables, name)) {
        return scalar(this.#resolve(stack, variables[name]), "Fn::Sub");
      }
      const value = name.includes(".") ? this.#call(stack, "Fn::GetAtt", name) : this.#ref(stack, name);
      return scalar(value, "Fn::Sub");
    });
  }

  #import(name: string): unknown {
    for (const stack of this.#stacks) {
      const found = stack.exports.find((it) => this.#resolve(stack, it.name) === name);
      if (found !== undefined) return this.#resolve(stack, found.value);
    }
    throw new StartRefusal(`No stack exports "${name}".`);
  }

  #resource(stack: Stack, id: string): Resource {
    const resource = stack.resources.get(id);
    if (resource === undefined) throw new StartRefusal(`${stack.name}: there is no resource ${id}.`);
    return resource;
  }

  /** Replaces `{{resolve:secretsmanager:…}}`, which CloudFormation does last, once the functions are resolved. */
  #withSecrets(value: unknown): unknown {
    if (typeof value === "string") return value.includes("{{resolve:") ? this.#withSecretsIn(value) : value;
    if (Array.isArray(value)) return value.map((it) => this.#withSecrets(it));
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, this.#withSecrets(it)]));
  }

  #withSecretsIn(text: string): string {
    const replaced = text.replace(SECRET_REFERENCE, (_, id: string, field: string | undefined) => {
      const secret = this.every("AWS::SecretsManager::Secret").find((it) => referenceOf(it) === id);
      if (secret === undefined) throw new StartRefusal(`No stack has the secret ${id}.`);
      return this.#surroundings.secretOf(secret, field === "" ? undefined : field);
    });
    if (replaced.includes("{{resolve:")) throw new StartRefusal(`The local host does not know the reference ${text}.`);
    return replaced;
  }
}

function scalar(value: unknown, where: string): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new StartRefusal(`${where} is given something that is not a text.`);
}
