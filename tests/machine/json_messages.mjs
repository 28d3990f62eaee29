// Messages between wrapper and keeper: one JSON value per line over a UNIX socket.

/** Sends a message, unless the other side has gone: whoever needs to know hears that by the socket's "close". */
export function sendMessage(socket, message) {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Calls `hear` with each message, and `end` once when no more will come, however that came about. */
export function hearMessages(socket, { hear, end }) {
  let rest = "";
  let ended = false;
  const finish = () => {
    if (!ended) end();
    ended = true;
  };
  socket.setEncoding("utf8");
  socket.on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) hear(JSON.parse(line));
  });
  socket.on("error", () => socket.destroy()); // A killed process resets its connections: "close" follows.
  socket.on("end", finish);
  socket.on("close", finish);
}
