import { useMemo } from "react";
import type { View } from "@/api/types";
import { sameFilter } from "@/lib/filters";
import { useViews } from "../data";
import { type Filter, orderOf, resolved } from "../filter";

/** The list as it is to be shown: the saved view it stands on, and whether something has been changed on top of that. */
export interface Look {
  view?: View;
  /** The address names a view that is not there (any more). */
  missing: boolean;
  filter: Filter;
  changed: boolean;
}

export function lookOf(f: Filter, views: readonly View[] | undefined): Look {
  const view = f.view ? views?.find((v) => v.id === f.view) : undefined;
  const filter = resolved(f, view);
  return { view, missing: !!f.view && !!views && !view, filter, changed: !!view && isChanged(f, view) };
}

function isChanged(f: Filter, view: View): boolean {
  if (f.filter && !sameFilter(f.filter, view.filter)) return true;
  if (f.assignee || f.channel_id || f.tag || f.unread || f.status) return true;
  const { sort, order } = orderOf(resolved(f, view));
  return sort !== view.sort || (order === "desc") !== view.descending;
}

export function useLook(f: Filter): Look & { loading: boolean } {
  const views = useViews();
  const all = views.data?.data;
  return useMemo(() => ({ ...lookOf(f, all), loading: !!f.view && !all && !views.isError }), [f, all, views.isError]);
}

/** What rows show besides who and what, unless their view says otherwise. */
export const usualColumns = ["preview", "priority", "tags", "assignee"];
