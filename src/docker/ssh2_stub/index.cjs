// Stands in for the ssh2 package, which docker-modem requires at load time: its native add-ons must not enter the
// binary (docs/adr/0008). DOCKER_HOST=ssh://… is therefore refused when it is used, not when the program starts.
class Client {
  constructor() {
    throw new Error("ssh is not supported: reach the daemon through a UNIX socket, tcp:// or https://");
  }
}
module.exports = { Client };
