import { useQueryClient } from "@tanstack/react-query";
import { useEvents } from "@/api/client";

/** Whatever page is open, definitions that others change are known. */
export function useLiveAttributes() {
  const client = useQueryClient();
  useEvents((frame) => {
    if (frame.type !== "event" && frame.type !== "reset") return;
    const kind = frame.type === "event" ? frame.kind : "";
    if (frame.type === "reset" || kind === "attributes.updated") void client.invalidateQueries({ queryKey: ["attribute-definitions"] });
    if (frame.type === "reset" || kind === "sub_statuses.updated") void client.invalidateQueries({ queryKey: ["sub-statuses"] });
    if (kind === "attributes.updated" || kind === "sub_statuses.updated") void client.invalidateQueries({ queryKey: ["filter-fields"] });
    // Their names and colours stand on the conversations.
    if (kind === "sub_statuses.updated") for (const key of ["conversations", "conversation"]) void client.invalidateQueries({ queryKey: [key] });
  });
}
