// What happened to a conversation, how much is used, and a webhook in another product's format.
export async function inspector({ story, api, page, base, until, expect, look, violations }) {
  await story("a key opens everything that happened to a conversation, with why it is here", async () => {
    const conversation = (await api("GET", "/conversations?limit=1")).data[0].id;
    await api("PATCH", `/conversations/${conversation}`, { priority: "high" });
    await page.goto(`${base}/inbox/${conversation}`);
    await page.getByRole("button", { name: "More", exact: true }).first().waitFor();
    await page.keyboard.press("h");
    const drawer = page.getByRole("dialog");
    const list = drawer.getByRole("list", { name: "What happened" });
    await list.getByText("The conversation began").or(list.getByText("Changed")).first().waitFor();
    await look("inspector");
    const bad = await violations(page);
    await drawer.getByLabel("Show").selectOption({ label: "Messages and why they are here" });
    await list
      .getByText(/It stands here because|It began this conversation|Somebody logged/)
      .or(list.getByText(/answered|wrote/))
      .first()
      .waitFor();
    expect((await list.getByText("Changed").count()) === 0, "events are still there");
    await look("inspector-messages");
    await drawer.getByLabel("Show").selectOption({ label: "Webhooks" });
    await drawer.getByText("Nothing of this kind is written down.").waitFor();
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "detached" });
    // From the menu too, on a phone.
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("button", { name: "More", exact: true }).first().click();
    await page.getByRole("menuitem", { name: "What happened to this" }).click();
    await list.getByRole("listitem").first().waitFor();
    await look("inspector-phone");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 1440, height: 900 });
    expect(!wide, "it does not fit into a phone");
    expect(bad.length === 0, bad.join("\n"));
  });

  await story("usage is counted while nobody waits, and shown by month and channel", async () => {
    await page.goto(`${base}/settings/usage`);
    await page.getByText(/^Counted on/).waitFor();
    const usage = await until("it to be counted", async () => {
      const u = await api("GET", "/usage");
      return !u.counting && u;
    });
    expect(
      usage.months.some((m) => m.inbound > 0),
      JSON.stringify(usage.months),
    );
    const table = page.getByRole("table");
    await table.getByRole("rowheader").first().waitFor();
    await page.getByText("One inbox over all channels").waitFor();
    await look("usage");
    const bad = await violations(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await look("usage-phone");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    await page.setViewportSize({ width: 1440, height: 900 });
    expect(!wide, "it does not fit into a phone");
    expect(bad.length === 0, bad.join("\n"));
  });

  await story("a webhook speaks another product's format, and the test receiver knows its signature", async () => {
    await page.goto(`${base}/settings/webhooks`);
    await page.getByRole("button", { name: "New webhook" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Echo bot");
    await dialog.getByRole("button", { name: "Use the test receiver" }).click();
    await until("its address", async () => (await dialog.getByLabel("Address").inputValue()).includes("/webhook-test/"));
    await dialog.getByLabel("Format").selectOption({ label: "Chatwoot" });
    await dialog.getByText("message_created", { exact: true }).waitFor();
    expect((await dialog.getByText("tag.updated").count()) === 0, "a kind without words is offered");
    await look("webhook-format");
    const bad = await violations(page);
    await dialog.getByRole("button", { name: "Create webhook" }).click();
    await dialog.getByText(/X-Chatwoot-Signature/).waitFor();
    await dialog.getByRole("button", { name: "I have kept it" }).click();
    await page.waitForURL(/settings\/webhooks\/whk_/);
    const id = page.url().split("/").at(-1);
    await page.getByRole("button", { name: "Send test" }).click();
    await page.getByRole("dialog").getByText('"event": "conversation_created"').waitFor();
    await look("webhook-format-delivery");
    await page.keyboard.press("Escape");
    await page.goto(`${base}/settings/webhooks/receiver`);
    await page
      .getByText(/Signed with the secret of “Echo bot”/)
      .first()
      .waitFor();
    await api("DELETE", `/webhook-subscriptions/${id}`);
    expect(bad.length === 0, bad.join("\n"));
  });
}
