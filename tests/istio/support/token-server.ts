/**
 * A token server, as registries send their clients to (distribution/distribution,
 * docs/spec/auth/token.md and oauth.md): who logs in gets a token that the registry believes.
 */
import { execFileSync } from "node:child_process";
import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const SERVICE = "registry.test";
const ISSUER = "argot-test";

export class TokenServer {
  /** How often somebody got a token. */
  granted = 0;

  private constructor(
    private readonly server: Server,
    private readonly dir: string,
    private readonly user: { name: string; password: string },
    /** Stands for name and password. */
    private readonly refreshToken: string,
  ) {
    server.on("request", (request: IncomingMessage, response) => {
      void this.answer(request).then(
        (token) => response.writeHead(token ? 200 : 401).end(JSON.stringify({ token })),
        () => response.writeHead(500).end(),
      );
    });
  }

  static async start(
    user: { name: string; password: string },
    refreshToken: string,
  ): Promise<TokenServer> {
    const dir = mkdtempSync(join(tmpdir(), "argot-tokens-"));
    const files = ["-keyout", join(dir, "key.pem"), "-out", join(dir, "cert.pem")];
    const options = ["-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=argot"];
    execFileSync("openssl", ["req", "-x509", ...options, ...files], { stdio: "ignore" });
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TokenServer(server, dir, user, refreshToken);
  }

  /** The registry's options `auth.token`. */
  get registryOptions(): Record<string, string> {
    const { port } = this.server.address() as AddressInfo;
    return {
      realm: `http://127.0.0.1:${port}/token`,
      service: SERVICE,
      issuer: ISSUER,
      rootcertbundle: join(this.dir, "cert.pem"),
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** A token, or nothing for who is not known. */
  private async answer(request: IncomingMessage): Promise<string | undefined> {
    const posted = request.method === "POST" ? await text(request) : undefined;
    const query = new URLSearchParams(posted ?? request.url?.split("?")[1]);
    const { name, password } = this.user;
    const basic = `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
    const known =
      posted === undefined
        ? request.headers.authorization === basic
        : query.get("refresh_token") === this.refreshToken;
    if (!known || query.get("service") !== SERVICE) return undefined;
    this.granted++;
    const [type, repository, actions = ""] = (query.get("scope") ?? "").split(":");
    return this.tokenFor([{ type, name: repository, actions: actions.split(",") }]);
  }

  private tokenFor(access: object[]): string {
    const read = (name: string) => readFileSync(join(this.dir, name));
    const x5c = [new X509Certificate(read("cert.pem")).raw.toString("base64")];
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: ISSUER, sub: "", aud: SERVICE, exp: now + 300, nbf: now - 60, access };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${part({ typ: "JWT", alg: "RS256", x5c })}.${part(claims)}`;
    const signature = sign("sha256", Buffer.from(signed), createPrivateKey(read("key.pem")));
    return `${signed}.${signature.toString("base64url")}`;
  }
}
