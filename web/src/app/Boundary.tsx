import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorState } from "@/ui";

/** The last net: a fault in one part leaves a way on instead of an empty page. */
export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null };
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  override render() {
    return this.state.error ? <Fault error={this.state.error} retry={() => this.setState({ error: null })} /> : this.props.children;
  }
}

export function Fault({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation("common");
  return (
    <div className="grid h-full w-full place-items-center bg-sheet">
      <ErrorState title={t("fault")} error={error} onRetry={retry} />
    </div>
  );
}
