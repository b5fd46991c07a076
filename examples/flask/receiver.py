"""A Flask app that receives webhooks in the generic dialect, by its guide's recipe: nothing but Flask is needed."""

import hashlib
import hmac
import os

from flask import Flask, request

app = Flask(__name__)


@app.route('/webhook', methods=['POST'])
def webhook():
    signature = request.headers.get('X-Webhook-Signature', '')
    # The bytes as they came: the signature covers them, not what a parser makes of them.
    payload = request.get_data()
    expected = hmac.new(os.environ['WEBHOOK_SECRET'].encode(), payload, hashlib.sha256).hexdigest()

    # As bytes: compare_digest refuses text that is not ASCII with an exception.
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        return 'Invalid signature', 401

    event = request.get_json()
    # The same id comes again where an attempt was repeated: store it, and skip what is stored.
    app.logger.info('received %s %s', event['id'], event['type'])
    return 'OK', 200
