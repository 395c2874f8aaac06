/** Links by which a file of the exports' bucket can be read without any credential, for some minutes. */
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { limits } from "../domain/limits.ts";
import { patience } from "./answers.ts";

/** Nothing is asked of S3: a link is signed here, and may lead to nothing. It works no longer than the function's own credentials. */
export function openFileLinks(name: string): (key: string) => Promise<string> {
  const client = new S3Client(patience.request);
  const expiresIn = limits.exportLinkMinutes * 60;
  return (Key) => getSignedUrl(client, new GetObjectCommand({ Bucket: name, Key }), { expiresIn });
}
