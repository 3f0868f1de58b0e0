// The workspace as a whole: exported into a file, on its way to being deleted, and kept after all.
export async function ops({ story, api, page, base, until, expect, look, violations }) {
  const dialog = () => page.getByRole("dialog");
  const settings = async () => {
    await page.goto(`${base}/settings/workspace`);
    await page.getByRole("heading", { name: "Delete this workspace" }).waitFor();
  };

  const accessible = async () => {
    const found = await violations(page);
    expect(found.length === 0, found.join("\n"));
  };

  await story("an owner exports the workspace, sealed, and downloads the file", async () => {
    await settings();
    await page.getByText("Nothing was exported lately.").waitFor();
    await page.getByRole("button", { name: "Export the workspace" }).click();
    await dialog().getByLabel("Passphrase").fill("short");
    await dialog().getByRole("button", { name: "Export the workspace" }).click();
    await dialog().getByText("Use at least 12 characters").waitFor();
    await dialog().getByLabel("Passphrase").fill("seven green bottles");
    await look("ops-export-asked");
    await page.keyboard.press("Enter");
    await dialog().waitFor({ state: "detached" });
    const link = page.getByRole("link", { name: "Download" });
    await link.waitFor({ timeout: 30_000 });
    await page.getByText("With credentials, under a passphrase").waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
    expect(/^workspace-wex_.*\.tar\.zst$/.test(download.suggestedFilename()), download.suggestedFilename());
    const [made] = (await api("GET", "/workspace/exports")).data;
    const got = await fetch(made.url);
    const bytes = new Uint8Array(await got.arrayBuffer());
    expect(bytes.length === made.size_bytes && bytes[0] === 0x28 && bytes[1] === 0xb5, `${bytes.length} of ${made.size_bytes}`);
    await look("ops-export-done");
    await accessible();
  });

  await story("a workspace that is to be deleted says so on every page, changes nothing, and is kept with a click", async () => {
    await settings();
    const { name } = (await api("GET", "/me")).workspace;
    await page.getByRole("button", { name: "Delete this workspace" }).click();
    await dialog().getByRole("button", { name: "Delete this workspace" }).click();
    await dialog().getByText("Type the name as it is written above.").waitFor();
    await dialog().getByRole("textbox").fill(name);
    await look("ops-delete-asked");
    await page.keyboard.press("Enter");
    await dialog().waitFor({ state: "detached" });
    await page.getByText("This workspace is about to be deleted.").waitFor();
    await page.getByLabel("Where the certificate will be").waitFor();
    await look("ops-delete-pending");
    await accessible();
    await page.goto(`${base}/inbox`);
    await page.getByText("This workspace is about to be deleted.").waitFor();
    await look("ops-delete-inbox");
    const size = page.viewportSize();
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "nothing is wider than a phone");
    await look("ops-delete-phone");
    await page.setViewportSize(size);
    await page.getByRole("link", { name: "Have a look" }).click();
    await page.getByRole("button", { name: "Keep the workspace" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Keep the workspace" }).click();
    await page.getByText("The workspace stays").waitFor();
    await until("the banner to go", async () => (await page.getByText("This workspace is about to be deleted.").count()) === 0);
    await page.getByRole("button", { name: "Delete this workspace" }).waitFor();
    expect((await api("GET", "/workspace/standstill")).standstill === null, "it works again");
    const mine = (await api("GET", "/me/deletions")).data;
    expect(mine[0].state === "cancelled", JSON.stringify(mine));
  });
}
