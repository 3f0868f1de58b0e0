// What comes late or meanwhile: fields that take each other's place, counts that have grown, attributes somebody asks for by now.
import { choosePlace } from "./hours.mjs";

export async function late({ story, api, page, base, until, expect, look, violations }) {
  const kinds = (await api("GET", "/channel-types")).data.filter((d) => d.capabilities.simulator);
  const connect = (kind, name) => api("POST", "/channels", { provider: kind.id, name, configuration: {}, simulated: true });
  const desk = await connect(
    kinds.find((d) => d.capabilities.html && d.capabilities.recipients),
    "Late desk",
  );
  const chat = await connect(
    kinds.find((d) => !d.capabilities.html && !d.capabilities.recipients),
    "Late chat",
  );
  const list = async (box) => (await api("GET", `/conversations?status=all&channel_id=${box.id}`)).data;
  const write = async (box, from, text) => {
    await api("POST", `/channels/${box.id}/simulate`, { text, subject: text, from, from_name: "Lena Lang" });
    return until(`the message ${text}`, async () => (await list(box))[0]);
  };
  const slowly = async (what, ms) => {
    await page.route(what, async (route) => {
      await new Promise((r) => setTimeout(r, ms));
      // It may have gone on by itself meanwhile.
      await route.continue().catch(() => {});
    });
    return () => page.unroute(what);
  };
  const mail = await write(desk, "lena@home.example", "Is it there yet?");
  const words = async () => {
    const field = page.getByRole("textbox", { name: "Reply", exact: true });
    return (await field.evaluate((e) => ("value" in e ? e.value : e.textContent))) ?? "";
  };

  await story("what is typed goes on when the formatted field takes the place of the plain one", async () => {
    const done = await slowly("**/assets/RichEditor-*.js", 2500);
    await page.goto(`${base}/inbox/${mail.id}`);
    await page.locator("textarea[aria-label=Reply]").click();
    const text = "It left us on Monday and should be with you tomorrow.";
    await page.keyboard.type(text, { delay: 80 });
    await done();
    await until("all of the words", async () => (await words()) === text).catch(async (e) => {
      throw new Error(`${e.message}: ${await words()}`);
    });
    expect((await page.getByRole("textbox", { name: "Reply", exact: true }).getAttribute("contenteditable")) === "true", "it is still the plain field");
    await page.keyboard.press("Control+A");
    await page.keyboard.press("Delete");
    await until("no draft", async () => !(await api("GET", `/conversations/${mail.id}`)).draft?.text);
  });

  await story("what is typed after R waits for the field of a chat, however late it is known what it can do", async () => {
    const c = await write(chat, "491700000001", "Hello?");
    let told = () => {};
    const known = new Promise((done) => (told = done));
    await page.route("**/api/v1/channel-types", async (route) => {
      await known;
      // It may have gone on by itself meanwhile.
      await route.continue().catch(() => {});
    });
    await page.goto(`${base}/inbox/${c.id}`);
    await page.getByText("Reply to Lena…").waitFor();
    await page.getByRole("log").focus();
    await page.keyboard.press("r");
    await page.keyboard.type("Here we are.");
    told();
    await until("all of the words", async () => (await words()) === "Here we are.");
    await page.keyboard.type(" Yes?");
    await until("what follows", async () => (await words()) === "Here we are. Yes?");
    await page.unroute("**/api/v1/channel-types");
    await page.keyboard.press("Control+A");
    await page.keyboard.press("Delete");
    await until("no draft", async () => !(await api("GET", `/conversations/${c.id}`)).draft?.text);
  });

  await story("closing from the list asks for what is needed, in the conversation, until it is closed", async () => {
    await page.goto(`${base}/inbox?channel=${desk.id}`);
    const row = page.getByRole("listitem").filter({ hasText: "Is it there yet?" });
    await row.hover();
    await row.getByRole("checkbox").first().click();
    // Asked for after the page was loaded.
    await api("POST", "/attribute-definitions", { applies_to: "conversation", name: "Goodwill", kind: "checkbox", required_on_close: true });
    await page.getByRole("toolbar").getByRole("button", { name: "Close", exact: true }).click();
    await page.waitForURL(new RegExp(`/inbox/${mail.id}`));
    const dialog = page.getByRole("dialog", { name: "Before you close it" });
    await dialog.getByRole("group", { name: "Goodwill" }).waitFor();
    await look("late-needed");
    const found = await violations(page);
    expect(found.length === 0, found.join("\n"));
    const close = dialog.getByRole("button", { name: "Close", exact: true }).filter({ hasText: "Close" });
    expect(await close.isDisabled(), "it can be closed without an answer");
    await dialog.getByRole("button", { name: "No", exact: true }).click();
    await until("the answer", async () => (await api("GET", `/conversations/${mail.id}`)).custom_attributes.goodwill === false);
    await dialog.getByRole("switch", { name: "Goodwill" }).waitFor();
    await close.click();
    await until("it is closed", async () => (await api("GET", `/conversations/${mail.id}`)).status === "resolved");
    await dialog.waitFor({ state: "detached" });
  });
  for (const d of (await api("GET", "/attribute-definitions")).data) await api("DELETE", `/attribute-definitions/${d.id}`);

  await story("sending goes on by what waits now, not by what waited when the page was loaded", async () => {
    await api("PUT", `/hours/${desk.id}`, { schedule: { time_zone: "UTC", week: Array.from({ length: 7 }, () => []) }, away: { on: true, text: "We are closed." } });
    await api("POST", "/sending/stop", { reason: null });
    await page.goto(`${base}/contacts`);
    await page.getByText("Automatic sending is stopped.").waitFor();
    await api("POST", `/channels/${desk.id}/simulate`, { text: "Anybody?", subject: "Anybody?", from: "mona@home.example", from_name: "Mona" });
    await until("what waits", async () => (await api("GET", "/sending")).waiting === 1);
    const done = await slowly("**/api/v1/sending", 700);
    await page.getByRole("button", { name: "Let it go on" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    expect(await dialog.getByRole("button", { name: "Let it go on" }).isDisabled(), "it can be let go before it is counted");
    await dialog.getByText("1 automatic message has waited.", { exact: false }).waitFor();
    await done();
    await dialog.getByRole("button", { name: "Discard and go on" }).click();
    await page.getByText("Automatic sending is stopped.").waitFor({ state: "detached" });
    expect((await api("GET", "/sending")).waiting === 0, "something waits still");
  });

  await story("hours that are not saved are not lost by looking at another place", async () => {
    await page.goto(`${base}/settings/hours`);
    await choosePlace(page, "Late chat");
    const own = page.getByRole("switch", { name: "This channel has its own hours" });
    await own.click();
    await choosePlace(page, "Whole workspace");
    const asked = page.getByRole("alertdialog");
    await asked.waitFor();
    await look("late-discard");
    await asked.getByRole("button", { name: "Cancel" }).click();
    expect((await own.getAttribute("aria-checked")) === "true", "it is lost");
    await page.getByRole("button", { name: "Save" }).click();
    await until("it to be kept", async () => (await api("GET", "/hours")).data.some((p) => p.place === chat.id && p.schedule));
    await choosePlace(page, "Whole workspace");
    await page.getByRole("switch", { name: "Use business hours" }).waitFor();
  });
  for (const box of [desk, chat]) await api("DELETE", `/channels/${box.id}`);
}
