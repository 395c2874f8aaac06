/** A gateway's headers keep the names as the client wrote them; HTTP knows no case in them. */

export function readHeaderValues(
  headers: Readonly<Record<string, readonly string[] | undefined>> | null,
  name: string,
): readonly string[] {
  return Object.entries(headers ?? {}).flatMap(([written, values = []]) =>
    written.toLowerCase() === name ? values : [],
  );
}
