/** Answers what a registry asks for: `Basic` (RFC 7617), or a token of its token server. */
import { UserError } from "../cli/error.js";
import type { Credentials } from "./credentials.js";
import type { Reference } from "./reference.js";

/**
 * The header `authorization` for a challenge; undefined: nothing that we have answers it.
 * @param challenge the header `www-authenticate`
 * @throws UserError if the token server refuses the credentials
 */
export async function authorize(
  challenge: string,
  reference: Reference,
  credentials: Credentials | undefined,
): Promise<string | undefined> {
  const scheme = /^\w+/.exec(challenge)?.[0].toLowerCase();
  if (scheme === "basic") {
    if (credentials === undefined || "identityToken" in credentials) return undefined;
    return basic(credentials);
  }
  if (scheme !== "bearer") return undefined;
  return `Bearer ${await token(challenge, reference, credentials)}`;
}

function basic({ user, password }: { user: string; password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

async function token(
  challenge: string,
  { host, repository }: Reference,
  credentials: Credentials | undefined,
): Promise<string> {
  const parameter = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = parameter("realm");
  if (realm === undefined) throw new UserError(`the registry ${host} names no token server`);
  const query = new URLSearchParams({ scope: `repository:${repository}:pull,push` });
  const service = parameter("service");
  if (service !== undefined) query.set("service", service);
  const answer =
    credentials !== undefined && "identityToken" in credentials
      ? await exchange(realm, query, credentials.identityToken)
      : await fetch(`${realm}?${query.toString()}`, {
          headers: credentials === undefined ? {} : { authorization: basic(credentials) },
        });
  if (!answer.ok) {
    throw new UserError(`the registry ${host} gives no token, ${answer.status}`, {
      remedy: `Log in with \`docker login ${host}\`, as someone who may push to ${repository}.`,
    });
  }
  const body = (await answer.json()) as { token?: string; access_token?: string };
  return body.token ?? body.access_token ?? "";
}

/** OAuth 2 (RFC 6749, section 6), as registries take it. */
function exchange(realm: string, query: URLSearchParams, refreshToken: string): Promise<Response> {
  const body = new URLSearchParams(query);
  body.set("grant_type", "refresh_token");
  body.set("refresh_token", refreshToken);
  body.set("client_id", "argot");
  return fetch(realm, { method: "POST", body });
}
