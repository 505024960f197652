// SPDX-License-Identifier: Apache-2.0
// AWS's own sign-in client for JavaScript proves itself to the sandbox's user pool by SRP, and is refused with a wrong secret.
import assert from 'node:assert/strict';
import cognito from 'amazon-cognito-identity-js';

const tls = process.env.PEER_TLS;
let failed = 0;

async function test(name, body) {
  try {
    await body();
    console.log(`ok - cognito-js: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok - cognito-js: ${name}: ${String(error.message).replace(/\s+/g, ' ').slice(0, 600)}`);
  }
}

async function poolOf(branch) {
  const config = JSON.parse(await (await fetch(`${tls}/20190206/public/config`)).text());
  const { userPoolId, userPoolWebClientId } = config[branch];
  return new cognito.CognitoUserPool({
    UserPoolId: userPoolId, ClientId: userPoolWebClientId, endpoint: `${tls}/cognito-idp/`,
  });
}

function signIn(pool, Username, Password) {
  const user = new cognito.CognitoUser({ Username, Pool: pool });
  return new Promise((onSuccess, onFailure) => {
    user.authenticateUser(new cognito.AuthenticationDetails({ Username, Password }), { onSuccess, onFailure });
  });
}

await test('log in', async () => {
  const session = await signIn(await poolOf('ApiAuth'), process.env.PEER_ACCESS_KEY, process.env.PEER_SECRET_KEY);
  assert.ok(session.isValid(), 'the session is not valid');
  assert.equal(session.getIdToken().getJwtToken().split('.').length, 3);
});

await test('wrong secret is refused', async () => {
  await assert.rejects(signIn(await poolOf('ApiAuth'), process.env.PEER_ACCESS_KEY, 'x'.repeat(32)),
    (error) => error.code === 'NotAuthorizedException');
});

await test('unknown access key is refused', async () => {
  await assert.rejects(signIn(await poolOf('ApiAuth'), '00000000-0000-4000-8000-000000000000', process.env.PEER_SECRET_KEY),
    (error) => ['UserNotFoundException', 'NotAuthorizedException'].includes(error.code));
});

process.exit(failed ? 1 : 0);
