// Webhooks: made, tried with the built-in receiver, looked at, replayed, switched off and on.
export async function webhooks({ story, api, page, base, until, expect, look, violations }) {
  let id;

  await story("a webhook to the test receiver is made, and its secret shown once", async () => {
    await page.goto(`${base}/settings/webhooks`);
    await page.getByText(/Each delivery is signed/).waitFor();
    await look("webhooks-empty");
    await page.getByRole("button", { name: "New webhook" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Create webhook" }).click();
    await dialog.getByText("Give it a name.").waitFor();
    await dialog.getByText("Give the address that is told.").waitFor();
    await dialog.getByLabel("Name").fill("Ledger of the warehouse");
    await dialog.getByLabel("Address").fill("http://10.0.0.7/in");
    await dialog.getByRole("button", { name: "Create webhook" }).click();
    await dialog.getByText(/Nothing can be sent to this address/).waitFor();
    await dialog.getByRole("button", { name: "Use the test receiver" }).click();
    await until("its address", async () => (await dialog.getByLabel("Address").inputValue()).includes("/webhook-test/"));
    await look("webhook-form");
    const bad = await violations(page);
    await dialog.getByRole("button", { name: "Create webhook" }).click();
    await dialog.getByText("It is shown this once.", { exact: false }).waitFor();
    const secret = await dialog.getByLabel("Signing secret").inputValue();
    expect(/^whsec_[A-Za-z0-9+/=]{44}$/.test(secret), secret);
    await look("webhook-secret");
    await dialog.getByRole("button", { name: "I have kept it" }).click();
    await page.waitForURL(/settings\/webhooks\/whk_/);
    id = page.url().split("/").at(-1);
    expect(!JSON.stringify(await api("GET", `/webhook-subscriptions/${id}`)).includes("whsec"), "the secret is given again");
    expect(bad.length === 0, bad.join("\n"));
  });

  await story("a test shows what was sent and answered, and that the signature is right", async () => {
    await page.getByRole("button", { name: "Send test" }).click();
    const drawer = page.getByRole("dialog");
    await drawer.getByText('"test": true').waitFor();
    await drawer.getByText("Taken.").waitFor();
    await look("webhook-delivery");
    const bad = await violations(page);
    await page.keyboard.press("Escape");
    await page.getByRole("list", { name: "Deliveries" }).getByText("Delivered").first().waitFor();
    await look("webhook");
    await page.goto(`${base}/settings/webhooks/receiver`);
    await page.getByText(/Signed with the secret of “Ledger of the warehouse”/).waitFor();
    await look("webhook-receiver");
    bad.push(...(await violations(page)));
    expect(bad.length === 0, bad.join("\n"));
  });

  await story("what happens is told, and what failed is sent again", async () => {
    await page.getByLabel("It answers").selectOption({ label: "500: failed" });
    await until("it to fail", async () => (await api("GET", "/webhook-receiver")).answers === "broken");
    const conversation = (await api("GET", "/conversations?limit=1")).data[0].id;
    await api("POST", `/conversations/${conversation}/notes`, { text: "Told to the ledger" });
    await page.getByText("Told to the ledger").first().waitFor();
    await page.goto(`${base}/settings/webhooks/${id}`);
    const log = page.getByRole("list", { name: "Deliveries" });
    await log.getByText("Retrying").first().waitFor();
    await page.getByText(/Nothing was taken since/).waitFor();
    await look("webhook-failing");
    await api("PUT", "/webhook-receiver", { answers: "well" });
    await log
      .getByRole("button", { name: /Retrying/ })
      .first()
      .click();
    await page.getByRole("dialog").getByRole("button", { name: "Send again" }).click();
    await page.getByRole("dialog").getByText("2 attempts").waitFor();
    await page.keyboard.press("Escape");
    await until("it to be taken", async () => (await api("GET", `/webhook-subscriptions/${id}`)).failing_since === null);
  });

  await story("a receiver that is gone is switched off, its admins hear of it, and it is switched on again", async () => {
    await api("PUT", "/webhook-receiver", { answers: "gone" });
    const conversation = (await api("GET", "/conversations?limit=1")).data[0].id;
    await api("POST", `/conversations/${conversation}/notes`, { text: "Nobody takes this" });
    await page.getByText(/Switched off on/).waitFor();
    await look("webhook-off");
    await api("PUT", "/webhook-receiver", { answers: "well" });
    await page.goto(`${base}/notifications`);
    await page
      .getByRole("link", { name: /“Ledger of the warehouse” was switched off/ })
      .first()
      .click();
    await page.waitForURL(new RegExp(id));
    await page.getByRole("button", { name: "Switch on" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("switch").click();
    await dialog.getByRole("button", { name: "Switch on" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await look("webhook-phone");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    await page.setViewportSize({ width: 1440, height: 900 });
    expect(!wide, "it does not fit into a phone");
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Remove" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await page.waitForURL(/settings\/webhooks$/);
    await page.getByText(/Each delivery is signed/).waitFor();
  });
}
