// The chat's fan-out on Node with the package ws: each line of a message goes to everyone as a frame of its
// own, with its number and its speaker's name.
import { createRequire } from 'node:module';
import process from 'node:process';

const require = createRequire(`${process.cwd()}/target/peers/`);
const { WebSocketServer } = require('ws');

const [host, port] = process.argv[2].split(':');
const server = new WebSocketServer({ host, port: Number(port) });
let [newest, guests] = [0, 0];
server.on('connection', (client) => {
  guests += 1;
  const name = `guest-${guests}`;
  client.on('message', (text) => {
    for (const line of text.toString().split('\n')) {
      newest += 1;
      for (const member of server.clients) member.send(`${newest} ${name}: ${line}`);
    }
  });
});
server.on('listening', () => console.log(`listening on ws://${host}:${server.address().port}/`));
