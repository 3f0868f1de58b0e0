// What somebody has written is never lost: taken back from elsewhere, over a reload, and with its files.
export async function words({ story, api, page, base, until, expect, look }) {
  const kind = (await api("GET", "/channel-types")).data.find((d) => d.capabilities.simulator && d.capabilities.recipients);
  const box = await api("POST", "/channels", { provider: kind.id, name: "Front desk", configuration: {}, simulated: true });
  const write = async (subject, text) => {
    await api("POST", `/channels/${box.id}/simulate`, { text, subject, from: "wanda@home.example", from_name: "Wanda Weiss" });
    return until(`the mail ${subject}`, async () => (await api("GET", `/conversations?status=all&channel_id=${box.id}`)).data.find((c) => c.subject === subject));
  };
  const field = () => page.getByRole("textbox", { name: "Reply", exact: true });
  const chip = () => page.getByRole("button", { name: /unless/i }).first();

  await story("a planned reply cancelled on another page comes back where it was written, still planned, also after a reload", async () => {
    const c = await write("A fitting", "When may I come?");
    const at = new Date(Date.now() + 3 * 3_600_000).toISOString();
    await api("POST", `/conversations/${c.id}/messages`, { text: "Come on Monday", send_at: at, cancel_on_reply: true });
    await page.goto(`${base}/scheduled`);
    await page.getByText("Come on Monday").first().waitFor();
    await page.getByRole("button", { name: "More", exact: true }).first().click();
    await page.getByRole("menuitem", { name: "Cancel" }).click();
    await page.locator("[data-sonner-toast]").getByRole("button", { name: "Undo" }).first().click();
    await page.waitForURL(new RegExp(`/inbox/${c.id}`));
    await until("the words", async () => (await field().textContent())?.includes("Come on Monday"));
    await chip().waitFor();
    await look("words-planned");
    // The server keeps the words, this device their day.
    await field().click();
    await page.keyboard.press("End");
    await page.keyboard.type(" morning");
    await until("the draft", async () => (await api("GET", `/conversations/${c.id}`)).draft?.text?.includes("Come on Monday morning"));
    await page.reload();
    await until("the words again", async () => (await field().textContent())?.includes("Come on Monday morning"));
    await chip().waitFor();
    // Another day, the same condition.
    await chip().click();
    const box = page.getByRole("dialog").getByRole("switch");
    expect((await box.getAttribute("aria-checked")) === "true", "the condition is forgotten when the time changes");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await field().click();
    await page.keyboard.press("Control+A");
    await page.keyboard.press("Delete");
    await until("no draft", async () => !(await api("GET", `/conversations/${c.id}`)).draft?.text);
  });

  await story("what is typed while it is not yet known what the channel can do stays", async () => {
    const c = await write("A slow line", "Hello?");
    const types = "**/api/v1/channel-types";
    await page.route(types, async (route) => {
      await new Promise((r) => setTimeout(r, 1500));
      await route.continue();
    });
    await page.goto(`${base}/inbox/${c.id}`);
    await field().click();
    await page.keyboard.type("Found it, here it is.", { delay: 60 });
    await page.unroute(types);
    await until("all of the words", async () => (await field().textContent()) === "Found it, here it is.");
    await page.keyboard.press("Control+A");
    await page.keyboard.press("Delete");
    await until("no draft", async () => !(await api("GET", `/conversations/${c.id}`)).draft?.text);
  });

  await story("a forward taken back elsewhere opens again with all that was chosen", async () => {
    await api("PATCH", "/me", { preferences: { ...(await api("GET", "/me")).preferences, undo_seconds: 10 } });
    const c = await write("A spare wheel", "Mine is flat.");
    await page.goto(`${base}/inbox/${c.id}`);
    await field().waitFor();
    await page.getByRole("log").focus();
    await page.keyboard.press("f");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("To", { exact: true }).fill("garage@parts.example");
    await page.keyboard.press("Enter");
    await dialog.getByRole("radio", { name: /whole/i }).check();
    await dialog.getByRole("textbox", { name: "Your message" }).click();
    await page.keyboard.type("Do you have this wheel?");
    await dialog.locator("input[type=file]").setInputFiles({ name: "wheel.txt", mimeType: "text/plain", buffer: Buffer.from("a wheel") });
    await dialog.getByText("wheel.txt").waitFor();
    await dialog.getByRole("button", { name: "Forward" }).click();
    const toast = page.locator("[data-sonner-toast]").getByRole("button", { name: "Undo" }).first();
    await toast.waitFor();
    await page.getByRole("link", { name: "Contacts" }).first().click();
    await page.waitForURL(/contacts/);
    await toast.click();
    await page.waitForURL(new RegExp(`/inbox/${c.id}`));
    await dialog.getByRole("textbox", { name: "Your message" }).getByText("Do you have this wheel?").waitFor();
    await dialog.getByText("garage@parts.example").first().waitFor();
    expect(await dialog.getByRole("radio", { name: /whole/i }).isChecked(), "only one message would go");
    await dialog.getByText("wheel.txt").waitFor();
    await look("words-forward");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await api("PATCH", "/me", { preferences: { ...(await api("GET", "/me")).preferences, undo_seconds: 0 } });
  });

  await story("a canned reply keeps the files that are attached to it, and asks before they are lost", async () => {
    await page.goto(`${base}/settings/canned-replies`);
    await page.getByRole("button", { name: "New canned reply" }).first().click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Title").fill("Price list");
    await form.getByRole("textbox", { name: "Text", exact: true }).click();
    await page.keyboard.type("Here it is.");
    await form.locator("input[type=file]").setInputFiles({ name: "prices.txt", mimeType: "text/plain", buffer: Buffer.from("1 EUR") });
    await form.getByText("prices.txt").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("alertdialog").waitFor();
    await page.getByRole("alertdialog").getByRole("button").first().click();
    await form.getByRole("button", { name: "Save" }).click();
    const kept = await until("it to be kept", async () => (await api("GET", "/canned-replies?text=Price")).data.find((r) => r.title === "Price list"));
    expect(kept.attachments.map((a) => a.name).join() === "prices.txt", "the file is not with it");
  });
}
