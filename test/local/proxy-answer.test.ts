import { describe, expect, test } from "vitest";
import { readProxyAnswer } from "../../lib/local/proxy-answer.ts";

describe("an answer of a function becomes a response", () => {
  test("with several values of one header, and JSON unless it says otherwise", () => {
    expect(
      readProxyAnswer(
        { statusCode: 200, headers: { A: 1 }, multiValueHeaders: { B: ["x", "y"], a: ["2"] }, body: "{}" },
        false,
      ),
    ).toEqual({
      status: 200,
      headers: ["a", "2", "B", "x", "B", "y", "Content-Type", "application/json"],
      body: "{}",
    });
  });

  test("without a body", () => {
    expect(readProxyAnswer({ statusCode: "204", body: null }, false)).toMatchObject({ status: 204, body: "" });
  });

  test("with base64 decoded only where the API has the media type as binary", () => {
    const answer = { statusCode: 200, isBase64Encoded: true, body: "aGk=" };
    expect(readProxyAnswer(answer, true)?.body).toEqual(Buffer.from("hi"));
    expect(readProxyAnswer(answer, false)?.body).toBe("aGk=");
  });

  test("without the headers that API Gateway drops, and with those renamed that it renames", () => {
    const headers = {
      "WWW-Authenticate": "Bearer",
      "Transfer-Encoding": "chunked",
      "Content-Length": "99",
      "content-type": "text/plain",
    };
    expect(readProxyAnswer({ statusCode: 200, headers }, false)?.headers).toEqual([
      "x-amzn-Remapped-WWW-Authenticate",
      "Bearer",
      "content-type",
      "text/plain",
    ]);
  });
});

test.each<[string, unknown]>([
  ["null", null],
  ["a text", "hello"],
  ["no status", { body: "x" }],
  ["a status that is none", { statusCode: 99 }],
  ["a status of null", { statusCode: null }],
  ["an unknown key", { statusCode: 200, cookies: [] }],
  ["a body that is no text", { statusCode: 200, body: { a: 1 } }],
  ["a header that is an object", { statusCode: 200, headers: { a: {} } }],
  ["a header that is a list", { statusCode: 200, headers: { a: ["b"] } }],
  ["a header with a line break", { statusCode: 200, headers: { a: "b\r\nc: d" } }],
])("%s is a malformed answer", (_, answer) => {
  expect(readProxyAnswer(answer, false)).toBeUndefined();
});
