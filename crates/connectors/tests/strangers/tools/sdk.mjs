// The providers' own libraries for Node.js, asked by the Rust test: one JSON object a line in, one a line out.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import https from 'node:https';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { LINE_SIGNATURE_HTTP_HEADER_NAME, validateSignature } from '@line/bot-sdk';
import { EventWebhook } from '@sendgrid/eventwebhook';
import { verifyKey } from 'discord-interactions';
import MessageValidator from 'sns-validator';
import twilio from 'twilio';

const base64 = (text) => Buffer.from(text, 'base64');

const known = {
  'twilio.sign': (q) => twilio.getExpectedTwilioSignature(q.token, q.url, q.params),
  'twilio.hash': (q) => twilio.getExpectedBodyHash(q.body),
  'twilio.verify': (q) => twilio.validateRequest(q.token, q.signature, q.url, q.params),
  'twilio.verify_body': (q) => twilio.validateRequestWithBody(q.token, q.signature, q.url, q.body),

  'sendgrid.sign': (q) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const signature = sign('sha256', Buffer.concat([Buffer.from(q.timestamp), base64(q.body)]), privateKey).toString('base64');
    return { key: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'), signature };
  },
  'sendgrid.verify': (q) => {
    const webhook = new EventWebhook();
    return webhook.verifySignature(webhook.convertPublicKeyToECDSA(q.key), base64(q.body), q.signature, q.timestamp);
  },

  'discord.sign': (q) => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const signature = sign(null, Buffer.concat([Buffer.from(q.timestamp), base64(q.body)]), privateKey).toString('hex');
    return { key: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex'), signature };
  },
  'discord.verify': (q) => verifyKey(base64(q.body), q.signature, q.timestamp, q.key),

  'line.sign': (q) => createHmac('sha256', q.secret).update(base64(q.body)).digest('base64'),
  'line.verify': (q) => validateSignature(base64(q.body), q.secret, q.signature),
  'line.header': () => LINE_SIGNATURE_HTTP_HEADER_NAME,

  // Amazon's library fetches the certificate itself: here from the question instead of from Amazon.
  'sns.verify': (q) =>
    new Promise((done) => {
      https.get = (url, answer) => {
        const response = Readable.from([q.certificate]);
        response.statusCode = url === q.message.SigningCertURL ? 200 : 404;
        answer(response);
        return { on() {} };
      };
      new MessageValidator().validate(q.message, (error) => done(error ? String(error.message) : true));
    }),
};

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const question = JSON.parse(line);
    answer = { said: await known[question.do](question) };
  } catch (error) {
    answer = { failed: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
