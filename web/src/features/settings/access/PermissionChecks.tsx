import i18n from "i18next";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/client";
import { may } from "@/lib/may";
import { CheckField } from "@/ui/CheckField";

/** Named permissions to choose from, by what they are about. Nobody gives what they do not have. */
export function PermissionChecks({ all, value, onChange }: { all: string[]; value: string[]; onChange: (permissions: string[]) => void }) {
  const { t } = useTranslation("access");
  const me = useMe();
  const groups = [...new Set(all.map((p) => p.split(".")[0] ?? p))];
  // A permission without words of its own shows its name.
  const words = (key: string, name: string) => (i18n.exists(`access:${key}`) ? t(key) : name);
  return (
    <div className="grid gap-x-6 gap-y-3 rounded-sm border border-line p-3 sm:grid-cols-2">
      {groups.map((g) => (
        <div key={g}>
          <h3 className="text-xs font-medium text-ink-3">{words(`permissionGroup.${g}`, g)}</h3>
          {all
            .filter((p) => p.startsWith(`${g}.`))
            .map((p) => (
              <CheckField
                key={p}
                label={words(`permission.${p.replace(".", "_")}`, p)}
                checked={value.includes(p)}
                disabled={!may(me, p)}
                onChange={(on) => onChange(on ? [...value, p] : value.filter((x) => x !== p))}
              />
            ))}
        </div>
      ))}
    </div>
  );
}
