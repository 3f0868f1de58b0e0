import { interpreted } from "./problem";

/** What the server says of a file it took. */
export interface StoredFile {
  id: string;
  name: string;
  content_type: string;
  size_bytes: number;
  thumbnail_url?: string | null;
}

export class UploadError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** Sends one file and tells how far it is; the signal ends it. */
export function upload(file: File, csrf: string, onProgress: (part: number) => void, signal: AbortSignal): Promise<StoredFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/files");
    request.setRequestHeader("x-csrf-token", csrf);
    request.responseType = "json";
    request.upload.onprogress = (e) => e.lengthComputable && onProgress(e.loaded / e.total);
    request.onload = () => {
      if (request.status === 201) resolve(request.response as StoredFile);
      else {
        const said = request.response as { code?: string; detail?: string } | null;
        void interpreted(said?.code ?? "", said?.detail ?? "").then((detail) => reject(new UploadError(request.status, detail)));
      }
    };
    request.onerror = () => reject(new UploadError(0, ""));
    request.onabort = () => reject(new DOMException("", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file, file.name || "image.png");
    request.send(form);
  });
}
