#!/usr/bin/env python3
"""mailserver.py FOLDER PORT CERTIFICATE KEY USER PASSWORD: a mail server with STARTTLS and AUTH, by Debian's aiosmtpd.

Each mail that it takes becomes FOLDER/NNN.eml, with "X-Rcpt: ADDRESS" lines above it. What it does is told by the files that are in
FOLDER when somebody asks: "busy" answers 451 to every MAIL, "hang" answers nothing to DATA, "refuse-ADDRESS" answers 550 to that
recipient, "later-ADDRESS" 450. AUTH is refused before STARTTLS. Prints "ready", and ends when its standard input does.
"""
import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Box:
    def __init__(self, folder):
        self.folder, self.count = folder, 0

    def told(self, name):
        return os.path.exists(os.path.join(self.folder, name))

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.told("busy"):
            return "451 try again later"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.told(f"refuse-{address}"):
            return "550 no such mailbox"
        if self.told(f"later-{address}"):
            return "450 mailbox is busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.told("hang"):
            await asyncio.sleep(3600)
        self.count += 1
        name = os.path.join(self.folder, f"{self.count:03}")
        with open(f"{name}.part", "wb") as mail:
            for address in envelope.rcpt_tos:
                mail.write(f"X-Rcpt: {address}\r\n".encode())
            mail.write(envelope.original_content)
        os.rename(f"{name}.part", f"{name}.eml")
        return "250 taken"


async def main(folder, port, certificate, key, user, password):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    box = Box(folder)

    def authenticate(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=good, handled=False)

    def factory():
        return SMTP(box, hostname="mail.test", tls_context=context, require_starttls=False, auth_required=True,
                    auth_require_tls=True, authenticator=authenticate, enable_SMTPUTF8=True)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(factory, "127.0.0.1", int(port))
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()
    os._exit(0)


asyncio.run(main(*sys.argv[1:]))
