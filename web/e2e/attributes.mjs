// Attributes and statuses of the workspace's own: made in the settings, filled in beside a conversation, needed to close it, filtered by.
export async function attributes({ story, api, page, base, until, expect, look, violations }) {
  const kind = (await api("GET", "/channel-types")).data.find((d) => d.capabilities.simulator && d.capabilities.recipients);
  const box = await api("POST", "/channels", { provider: kind.id, name: "Goods desk", configuration: {}, simulated: true });
  await api("POST", `/channels/${box.id}/simulate`, { text: "Where is it?", subject: "An order", from: "carl@home.example", from_name: "Carl Carlsson" });
  const c = await until("the mail", async () => (await api("GET", `/conversations?status=all&channel_id=${box.id}`)).data[0]);
  const now = () => api("GET", `/conversations/${c.id}`);

  await story("an attribute and a sub-status are made in the settings", async () => {
    await page.goto(`${base}/settings/attributes`);
    await page.getByRole("button", { name: "New attribute" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Product");
    await dialog.getByLabel("Kind").selectOption("list");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("Give at least one option.").waitFor();
    await dialog.getByLabel("Options").fill("Lamp\nChair");
    await dialog.getByRole("switch", { name: "Needed to close a conversation" }).click();
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("list", { name: "Conversations" }).getByText("Product", { exact: true }).waitFor();
    await api("POST", "/attribute-definitions", { applies_to: "conversation", name: "Worth", kind: "currency", currency: "EUR" });
    await look("attributes");
    const found = await violations(page);
    expect(found.length === 0, found.join("\n"));
    await page.goto(`${base}/settings/statuses`);
    await page.getByRole("button", { name: "New below Pending" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("At the supplier");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("list", { name: "Pending" }).getByText("At the supplier").waitFor();
    await look("statuses");
  });

  await story("a value is filled in by keyboard beside the conversation, and taken back", async () => {
    await page.goto(`${base}/inbox/${c.id}`);
    const worth = page.getByRole("button", { name: /^Worth/ });
    await worth.click();
    await page.getByLabel("Worth (EUR)").fill("abc");
    await page.keyboard.press("Enter");
    await page.getByText("Enter a number.").waitFor();
    await page.getByLabel("Worth (EUR)").fill("1,234.50");
    await page.keyboard.press("Enter");
    await until("the amount", async () => (await now()).custom_attributes.worth === 1234.5);
    await page.getByRole("button", { name: /Worth.*1,234\.50/ }).waitFor();
    await page.locator("[data-sonner-toast]").getByRole("button", { name: "Undo" }).first().click();
    await until("no amount", async () => (await now()).custom_attributes.worth === undefined);
  });

  await story("what is needed is asked for before closing", async () => {
    await page.getByRole("button", { name: "Close", exact: true }).first().click();
    const dialog = page.getByRole("dialog", { name: "Before you close it" });
    await dialog.waitFor();
    await look("needed");
    expect(await dialog.getByRole("button", { name: "Close", exact: true }).first().isDisabled(), "it can be closed without it");
    await dialog.getByRole("button", { name: /^Product/ }).click();
    await dialog.getByLabel("Product").selectOption("Lamp");
    await until("the choice", async () => (await now()).custom_attributes.product === "Lamp");
    await dialog.getByRole("button", { name: "Close", exact: true }).first().click();
    await until("it is closed", async () => (await now()).status === "resolved");
  });

  await story("a status of one's own is chosen by key, shown as a chip, and filtered by", async () => {
    await page.goto(`${base}/inbox/${c.id}`);
    await page.getByRole("button", { name: /^Status:/ }).waitFor();
    await page.getByRole("log").focus();
    await page.keyboard.press("Shift+S");
    await page
      .getByRole("menuitemcheckbox", { name: "At the supplier" })
      .or(page.getByRole("menuitem", { name: "At the supplier" }))
      .or(page.getByRole("menuitemradio", { name: "At the supplier" }))
      .first()
      .click();
    await until("the status", async () => (await now()).sub_status?.name === "At the supplier");
    const filter = { field: "attribute.product", op: "is", value: "Lamp" };
    await page.goto(`${base}/inbox/${c.id}?filter=${encodeURIComponent(JSON.stringify(filter))}&status=all`);
    await page.getByRole("listitem").filter({ hasText: "At the supplier" }).first().waitFor();
    await look("sub-status");
  });
  for (const d of (await api("GET", "/attribute-definitions")).data) await api("DELETE", `/attribute-definitions/${d.id}`);
  await api("DELETE", `/channels/${box.id}`);
}
