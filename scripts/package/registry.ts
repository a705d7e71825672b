/**
 * A client of registries: what it takes to push and to read back one image (OCI distribution
 * specification 1.1; tokens as in distribution/distribution's docs/spec/auth).
 */
import { messageOf, UserError } from "../cli/error.js";
import type { Credentials } from "./credentials.js";
import { type Blob, digestOf } from "./image.js";
import { originsOf, type Reference } from "./reference.js";
import { authorize } from "./token.js";

/** A registry that does not answer for so long is taken to be out of reach: milliseconds. */
const PATIENCE = 60_000;

interface Request {
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
}

export class Registry {
  private authorization: string | undefined;

  private constructor(
    private readonly origin: string,
    private readonly reference: Reference,
    private readonly credentials: Credentials | undefined,
  ) {}

  /**
   * Finds out how the registry is spoken to.
   * @throws UserError if it can't be reached
   */
  static async open(reference: Reference, credentials?: Credentials): Promise<Registry> {
    const failures: string[] = [];
    for (const origin of originsOf(reference)) {
      try {
        await fetch(`${origin}/v2/`, { signal: AbortSignal.timeout(PATIENCE) });
        return new Registry(origin, reference, credentials);
      } catch (error) {
        failures.push(reasonOf(error));
      }
    }
    throw new UserError(
      `the registry ${reference.host} can't be reached (${failures.join("; ")})`,
      {
        remedy: "Check the host and the port, and that the registry runs.",
      },
    );
  }

  /** The digest of what the tag names, and its bytes; undefined: there is no such tag. */
  async manifest(mediaType: string): Promise<Blob | undefined> {
    const headers = { accept: mediaType };
    const answer = await this.ask("GET", this.path(`manifests/${this.reference.tag}`), { headers });
    if (answer.status === 404) return undefined;
    await this.expect(answer, [200], "read the tag");
    const bytes = Buffer.from(await answer.arrayBuffer());
    const type = answer.headers.get("content-type") ?? mediaType;
    return { mediaType: type, digest: digestOf(bytes), bytes };
  }

  /** Lets the tag name this manifest; all of its blobs must be there. */
  async putManifest({ mediaType, bytes }: Blob): Promise<void> {
    const options = { headers: { "content-type": mediaType }, body: bytes };
    const answer = await this.ask("PUT", this.path(`manifests/${this.reference.tag}`), options);
    await this.expect(answer, [201], "write the tag");
  }

  /** Stores a blob unless it is there; says whether it was stored. */
  async putBlob({ digest, bytes }: Blob): Promise<boolean> {
    const there = await this.ask("HEAD", this.path(`blobs/${digest}`));
    if (there.status === 200) return false;
    const begun = await this.ask("POST", this.path("blobs/uploads/"));
    await this.expect(begun, [202], "begin an upload");
    const to = new URL(begun.headers.get("location") ?? "", begun.url);
    to.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    const answer = await this.ask("PUT", to.href, { headers, body: bytes });
    await this.expect(answer, [201], "upload a blob");
    return true;
  }

  /**
   * @throws UserError if the blob is missing, or is not what its digest says
   */
  async blob(digest: string): Promise<Buffer> {
    const answer = await this.ask("GET", this.path(`blobs/${digest}`));
    await this.expect(answer, [200], "read a blob");
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (digestOf(bytes) === digest) return bytes;
    throw new UserError(`the registry ${this.reference.host} has other bytes for ${digest}`, {
      remedy: "Push anew; if it stays so, the registry's storage is broken.",
    });
  }

  private path(rest: string): string {
    return `${this.origin}/v2/${this.reference.repository}/${rest}`;
  }

  /** Asks; if the registry wants to know who, says so and asks again. */
  private async ask(method: string, url: string, init: Request = {}): Promise<Response> {
    const send = () => {
      // An upload may lie elsewhere, where these credentials are none of anybody's business.
      const known = this.authorization !== undefined && new URL(url).origin === this.origin;
      const headers = new Headers(init.headers);
      if (known) headers.set("authorization", this.authorization ?? "");
      const signal = AbortSignal.timeout(PATIENCE);
      return fetch(url, { ...init, method, headers, signal });
    };
    try {
      const answer = await send();
      if (answer.status !== 401) return answer;
      const challenge = answer.headers.get("www-authenticate") ?? "";
      this.authorization = await authorize(challenge, this.reference, this.credentials);
      return this.authorization === undefined ? answer : await send();
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      const { host } = this.reference;
      throw new UserError(`the registry ${host} did not answer (${reasonOf(cause)})`, {
        remedy: "Try again; what was uploaded is not uploaded twice.",
        cause,
      });
    }
  }

  /** @throws UserError if the answer is another one */
  private async expect(answer: Response, statuses: number[], what: string): Promise<void> {
    if (statuses.includes(answer.status)) return;
    const { host, repository } = this.reference;
    const refused = answer.status === 401 || answer.status === 403;
    const who = this.credentials === undefined ? "without a login" : "with the login in use";
    const said = refused ? who : messageIn(await answer.text());
    throw new UserError(
      `the registry ${host} does not ${what} of ${repository}, ${answer.status}: ${said}`,
      {
        remedy: refused
          ? `Log in with \`docker login ${host}\`, as someone who may push to ${repository}.`
          : "Check the name of the repository, and what the registry takes.",
      },
    );
  }
}

/** What a registry says in its errors (distribution specification, "Error Codes"). */
function messageIn(body: string): string {
  try {
    const { errors = [] } = JSON.parse(body) as { errors?: { code?: string; message?: string }[] };
    return errors.map(({ code, message }) => message ?? code).join("; ");
  } catch {
    return body.slice(0, 200);
  }
}

/** `fetch` hides the reason in the cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const { code } = (cause ?? {}) as { code?: string };
  return code ?? messageOf(cause ?? error);
}
