import type { Me } from "@/api/types";

/** Whether the signed-in person has a permission. */
export const may = (me: Me | undefined, permission: string) => !!me?.permissions.includes(permission);
