import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { take } from "./data";

test("a count that was asked for before the news does not take them back", async () => {
  const client = new QueryClient();
  const queryKey = ["notifications", "count"];
  let answer = (_: { unread: number }) => {};
  const asked = client.fetchQuery({ queryKey, queryFn: () => new Promise<{ unread: number }>((done) => (answer = done)) }).catch(() => {});
  await take(client, 1);
  answer({ unread: 0 });
  await asked;
  expect(client.getQueryData(queryKey)).toEqual({ unread: 1 });
  await Promise.all([take(client, 2), take(client, 3)]);
  expect(client.getQueryData(queryKey)).toEqual({ unread: 3 });
});
