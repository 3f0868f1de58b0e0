// Teams, roles, who sees what, and signing in safely. Bela is an agent with a browser of her own.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";

/** The code of an authenticator app (RFC 6238). */
function totp(secret, now = Date.now()) {
  const bits = [...secret.replace(/\s/g, "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const mac = createHmac("sha1", key).update(step).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

export async function access({ story, api, browser, page, base, until, expect, look, violations, deliver, PASSWORD, ssoPort }) {
  const other = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await story("a team is made, gets a conversation, and an agent sees only what is theirs", async () => {
    const invitation = await api("POST", "/invitations", { role: "agent", email: "bela@example.com" });
    const accept = `${base}/api/v1/invitations/by-token/${invitation.url.split("/").pop()}/accept`;
    await other.request.post(accept, { data: { name: "Bela Agent", email: "bela@example.com", password: PASSWORD } });
    await page.goto(`${base}/settings/teams`);
    await page.getByRole("button", { name: "New team" }).first().click();
    await page.getByLabel("Name").fill("Billing");
    await page.getByRole("button", { name: "Credit card" }).click();
    await page.getByLabel(/Bela Agent/).click();
    await look("team-dialog");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("list", { name: "Teams" }).getByText("Billing").waitFor();
    await look("teams");
    await page.goto(`${base}/settings/people`);
    await page.getByRole("button", { name: "Change Bela Agent" }).click();
    await page.getByRole("menuitem", { name: /Role and access/ }).click();
    await page.getByLabel("Sees these conversations").selectOption("team");
    await look("member-dialog");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("sees own and team").waitFor();
    const theirs = await other.newPage();
    await theirs.goto(`${base}/inbox`);
    await theirs.getByText("All done. Nothing is waiting for you.").waitFor();
    await deliver("billing-1", "My invoice is wrong", "customer-billing");
    const c = await until("the conversation", async () => (await api("GET", "/conversations?text=invoice+is+wrong")).data[0]);
    await page.goto(`${base}/inbox/${c.id}`);
    await page.getByRole("button", { name: "Assign", exact: true }).click();
    await page.getByRole("menuitemcheckbox", { name: "Billing" }).click();
    // It appears on her screen by itself.
    await theirs.getByText("My invoice is wrong").first().waitFor();
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Who can see this" }).click();
    await page.getByText("it belongs to the team Billing").waitFor();
    await look("who-sees-this");
    await page.keyboard.press("Escape");
    await api("POST", `/conversations/${c.id}/assign`, { team_id: "" });
    await theirs.getByText("All done. Nothing is waiting for you.").waitFor();
  });

  await story("a team gives conversations out, and says who had them", async () => {
    const [team] = (await api("GET", "/teams")).data;
    const channel = (await api("GET", "/channels")).data.find((c) => c.name === "Orders");
    await page.goto(`${base}/settings/teams`);
    await page.getByRole("button", { name: `Edit ${team.name}` }).click();
    await page.getByLabel("Orders").click();
    await page.getByLabel("How").selectOption("load");
    await look("team-giving");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("To whoever has the fewest").waitFor();
    expect((await api("GET", "/teams")).data[0].channel_ids.includes(channel.id), "the channel has no team");
    // Bela is there: her page is open.
    await until("Bela to be online", async () => (await api("GET", "/presence")).data.some((p) => p.status === "online" && p.open !== null && p.member_id !== undefined));
    await deliver("given-1", "Who gets this one?", "customer-given");
    const given = await until("somebody to have it", async () => (await api("GET", "/conversations?text=Who+gets+this")).data.find((c) => c.assignee_id));
    await page.goto(`${base}/inbox/${given.id}`);
    await page.getByRole("button", { name: /Assigned to Bela Agent/ }).waitFor();
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Who had this" }).click();
    await page.getByText("had the fewest").waitFor();
    await look("who-had-this");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /your menu/ }).click();
    await page.getByRole("menuitemcheckbox", { name: "Busy" }).click();
    await until("being busy", async () => (await api("GET", "/presence")).data.some((p) => p.status === "busy"));
    await api("PUT", "/me/presence", { status: "online" });
    await api("PATCH", `/teams/${team.id}`, { channel_ids: [], distribution: "manual" });
  });

  await story("an admin looks with an agent's eyes, and comes back", async () => {
    await page.goto(`${base}/settings/people`);
    await page.getByRole("button", { name: "Change Bela Agent" }).click();
    await page.getByRole("menuitem", { name: "View as Bela Agent" }).click();
    await page.getByText("You see what Bela Agent sees.").waitFor();
    await page.getByText("Who gets this one?").first().waitFor();
    expect((await page.getByRole("navigation").getByText("Trash").count()) === 0, "what she may not do is offered");
    expect((await page.getByText("My invoice is wrong").count()) === 0, "what she does not see is shown");
    await look("view-as");
    await page.getByRole("button", { name: "Back to your view" }).click();
    await page.getByRole("heading", { name: "People" }).waitFor();
    expect((await api("GET", "/me")).preview === null, "still looking with another's eyes");
  });

  await story("a role of one's own is made of permissions", async () => {
    await page.goto(`${base}/settings/roles`);
    await page.getByRole("button", { name: "New role" }).click();
    await page.getByLabel("Name").fill("Archivist");
    await page.getByLabel("Delete and restore conversations").click();
    await look("role-dialog");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Archivist").waitFor();
    const roles = (await api("GET", "/roles")).data;
    expect(
      roles.some((r) => r.name === "Archivist" && r.permissions.includes("conversations.delete")),
      "the role is not there",
    );
    await look("roles");
  });

  const signIn = async (p, email, password) => {
    await p.goto(`${base}/sign-in`);
    await p.getByLabel("Email").fill(email);
    await p.getByLabel("Password", { exact: true }).fill(password);
    await p.getByRole("button", { name: "Sign in", exact: true }).click();
  };
  const me = await api("GET", "/me");

  await story("a second step is set up, asked for, and a recovery code stands in for it", async () => {
    await page.goto(`${base}/settings/security`);
    await page.getByRole("button", { name: "Set up" }).click();
    await page.getByLabel("Your password").fill("not my password");
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("This is not your password.").waitFor();
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("img", { name: /QR code/ }).waitFor();
    await look("second-step-picture");
    const secret = await page.getByLabel("Secret", { exact: true }).inputValue();
    await page.getByLabel("Code", { exact: true }).fill(totp(secret));
    await page.getByRole("button", { name: "Switch on" }).click();
    await page.getByText("Your recovery codes").waitFor();
    const codes = await page.getByRole("dialog").getByRole("listitem").allTextContents();
    expect(codes.length === 10, `${codes.length} codes`);
    await look("recovery-codes");
    await page.getByRole("button", { name: "I have kept them" }).click();
    await page.getByText("10 recovery codes left").waitFor();

    const c = await browser.newContext({ viewport: { width: 390, height: 844 }, colorScheme: "dark" });
    const p = await c.newPage();
    await signIn(p, me.account.email, PASSWORD);
    await p.getByLabel("Code", { exact: true }).fill("000000");
    await p.getByRole("button", { name: "Sign in", exact: true }).click();
    await p.getByText(/This code is not right/).waitFor();
    const bad = await violations(p);
    await p.getByLabel("Code", { exact: true }).fill(codes[0]);
    await p.getByRole("button", { name: "Sign in", exact: true }).click();
    await p.waitForURL(/inbox/);
    await page.reload();
    await page.getByText("9 recovery codes left").waitFor();
    // The other browser stands in the list, and is shown the door.
    const row = page.getByRole("listitem").filter({ hasText: "this one" });
    await row.waitFor();
    await look("security");
    await page.getByRole("button", { name: "Sign out everywhere else" }).click();
    await page.getByRole("alertdialog").or(page.getByRole("dialog")).getByRole("button", { name: "Sign out everywhere else" }).click();
    await p.waitForURL(/sign-in/);
    await c.close();
    await page.getByRole("button", { name: "Switch off" }).click();
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByRole("dialog").getByRole("button", { name: "Switch off" }).click();
    await page.getByRole("button", { name: "Set up" }).waitFor();
    expect(bad.length === 0, bad.join("\n"));
  });

  await story("a lost password is replaced by a link that an admin hands over", async () => {
    await page.goto(`${base}/settings/people`);
    await page.getByRole("button", { name: "Change Bela Agent" }).click();
    await page.getByRole("menuitem", { name: "Make a link for a new password" }).click();
    const link = await page.getByRole("dialog").getByRole("textbox").inputValue();
    await look("reset-link");
    const c = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const p = await c.newPage();
    await p.goto(link);
    await p.getByLabel("New password", { exact: true }).fill("a-brand-new-river-9");
    await p.getByRole("button", { name: "Save password" }).click();
    await p.waitForURL(/sign-in/);
    await signIn(p, "bela@example.com", "a-brand-new-river-9");
    await p.waitForURL(/inbox/);
    await p.goto(link);
    await p.getByText("This link no longer works").waitFor();
    await c.close();
    await other.close();
  });

  await story("members sign in at an identity provider of their own, and a stranger does not", async () => {
    const provider = spawn(process.execPath, [new URL("../tools/oidc/provider.mjs", import.meta.url).pathname, String(ssoPort), `${base}/api/v1/auth/sso/callback`]);
    let said = "";
    for (const stream of [provider.stdout, provider.stderr]) stream.on("data", (d) => (said += d));
    const opened = [];
    const through = async (name) => {
      const c = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      opened.push(c);
      const p = await c.newPage();
      await p.goto(`${base}/sign-in`);
      await p.getByText("Sign in with Company login").click();
      await p.locator("input[name=login]").fill(name);
      await p.locator("input[name=password]").fill("anything");
      await p.locator("button[type=submit], input[type=submit]").first().click();
      await p.getByRole("button", { name: "Continue" }).click();
      return p;
    };
    try {
      await until("the identity provider", async () => said.includes("ready"));
      await page.goto(`${base}/settings/sso`);
      await page.getByLabel("Name", { exact: true }).fill("Company login");
      await page.getByLabel("Issuer").fill(`http://127.0.0.1:${ssoPort}`);
      await page.getByLabel("Client ID").fill("switchboard");
      await page.getByLabel("Client secret", { exact: true }).fill("a-secret-of-the-stories-only");
      await page.getByRole("button", { name: "Check and save" }).click();
      await page.getByRole("button", { name: "Remove" }).waitFor();
      await look("sso");
      const bela = await through("bela");
      await bela.waitForURL(/inbox/);
      await bela.getByText("Who gets this one?").first().waitFor();
      for (const [name, words] of [
        ["nobody", /no member|not a member|invite/i],
        ["unproved", /verif|prove/i],
      ]) {
        const p = await through(name);
        await p.waitForURL(/sign-in/);
        await p.getByText(words).first().waitFor();
        await look(`sso-${name}`);
      }
    } catch (error) {
      throw new Error(`${error.message}\n${said.slice(-300)}`);
    } finally {
      for (const c of opened) await c.close();
      await api("DELETE", "/workspace/sso").catch(() => {});
      provider.kill();
    }
  });

  await story("what administrators did stands in the audit log, unbroken", async () => {
    await page.goto(`${base}/settings/audit`);
    await page.getByText(/none changed, none missing/).waitFor();
    await page.getByText("made a link for a new password for").first().waitFor();
    await page.getByText("made the role").first().click();
    await page.getByText("Hash", { exact: true }).first().waitFor();
    await look("audit");
    const bad = await violations(page);
    expect(bad.length === 0, bad.join("\n"));
  });
}
