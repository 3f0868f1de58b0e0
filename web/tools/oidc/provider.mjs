// A real OpenID provider on a free port of this machine, for the browser stories. `node provider.mjs PORT REDIRECT_URI`.
import { Provider } from "oidc-provider";

const [port, redirect] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "switchboard",
      client_secret: "a-secret-of-the-stories-only",
      redirect_uris: [redirect],
      grant_types: ["authorization_code"],
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_basic",
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  // Whoever types a name is that person; all addresses are proved but one.
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: id !== "unproved", name: id }) }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log(`ready ${issuer}`));
