/**
 * Finds the method for a request as API Gateway does: at each step a literal segment is preferred to `{param}`, and that to
 * `{proxy+}`. The resource is chosen first, then its method: a known path with an unknown method is no match at all.
 */
import type { Method } from "./rest-api.ts";

export interface Match {
  readonly method: Method;
  /** As they stand in the path: a REST API does not decode them. */
  readonly pathParameters: ReadonlyMap<string, string>;
}

interface Node {
  readonly literals: Map<string, Node>;
  param: { readonly name: string; readonly node: Node } | undefined;
  greedy: { readonly name: string; readonly methods: Map<string, Method> } | undefined;
  readonly methods: Map<string, Method>;
}

export class RouteTree {
  readonly #root = emptyNode();

  constructor(methods: readonly Method[]) {
    for (const method of methods) this.#add(method);
  }

  /** @param path the raw path, without the query; a trailing slash does not count */
  find(httpMethod: string, path: string): Match | undefined {
    const segments = path.split("/").slice(1);
    if (segments.length > 0 && segments.at(-1) === "") segments.pop();
    const parameters = new Map<string, string>();
    const methods = search(this.#root, segments, 0, parameters);
    const method = methods?.get(httpMethod) ?? methods?.get("ANY");
    return method && { method, pathParameters: parameters };
  }

  #add(method: Method): void {
    let node = this.#root;
    for (const part of method.resourcePath.split("/").filter((it) => it !== "")) {
      const name = /^\{(.+)\}$/.exec(part)?.[1];
      if (name?.endsWith("+")) {
        node.greedy ??= { name: name.slice(0, -1), methods: new Map() };
        node.greedy.methods.set(method.httpMethod, method);
        return;
      }
      if (name === undefined) {
        const next = node.literals.get(part) ?? emptyNode();
        node.literals.set(part, next);
        node = next;
      } else {
        node.param ??= { name, node: emptyNode() };
        node = node.param.node;
      }
    }
    node.methods.set(method.httpMethod, method);
  }
}

function search(
  node: Node,
  segments: readonly string[],
  at: number,
  parameters: Map<string, string>,
): ReadonlyMap<string, Method> | undefined {
  const segment = segments[at];
  if (segment === undefined) return node.methods.size > 0 ? node.methods : undefined;
  const literal = node.literals.get(segment);
  const below = literal && search(literal, segments, at + 1, parameters);
  if (below !== undefined) return below;
  if (node.param !== undefined && segment !== "") {
    const { name } = node.param;
    parameters.set(name, segment);
    const found = search(node.param.node, segments, at + 1, parameters);
    if (found !== undefined) return found;
    parameters.delete(name);
  }
  if (node.greedy === undefined) return undefined;
  parameters.set(node.greedy.name, segments.slice(at).join("/"));
  return node.greedy.methods;
}

function emptyNode(): Node {
  return { literals: new Map(), param: undefined, greedy: undefined, methods: new Map() };
}
