// Inner module of docker-modem that its types leave out; why it is touched is said where it is imported.
declare module "docker-modem/lib/http.js" {
  import type { request } from "node:http";

  const followers: Record<"http" | "https", { request: typeof request }>;
  export = followers;
}
