using System.Text;
using PondSentinel.Backend.Notification.Webhook;

namespace PondSentinel.Tests.Backend.Notification.Webhook;

public sealed class WebhookSignatureTests
{
    // Answers of: printf '%s' "T.BODY" | openssl dgst -sha256 -hmac SECRET
    [Theory]
    [InlineData("pond secret €", "{\"v\":1,\"summary\":\"排放口 µ\"}", "cdb67341d2ccce3778a98c56ccdb9404d342c6da90caf9b573a93bcf4999afe2")]
    [InlineData("k", "", "39e21427fd1a727ca9af5071105119bcde704dfaf85ff65dd34d555ab3bfab23")]
    public void Signature_is_the_one_that_openssl_computes(string secret, string body, string hex) => Assert.Equal(
        $"t=1782886200,v1={hex}",
        WebhookSignature.Of(secret, DateTimeOffset.FromUnixTimeSeconds(1_782_886_200), Encoding.UTF8.GetBytes(body)));
}
