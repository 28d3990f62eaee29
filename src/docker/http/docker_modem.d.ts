// An inner module of docker-modem that its types leave out; why it is touched is said where it is imported.
declare module "docker-modem/lib/http.js" {
  const followers: unknown;
  export = followers;
}
