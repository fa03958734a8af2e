using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>Shows a receiver that a call comes from who knows the secret, was not changed, and is not old.</summary>
internal static class WebhookSignature
{
    /// <summary>The header that carries it.</summary>
    public const string Header = "X-PondSentinel-Signature";

    /// <summary>Signs a call: <c>t=</c> seconds since 1970, <c>v1=</c> HMAC-SHA256 of these, a dot and the body, hex.</summary>
    /// <param name="secret">The secret: its UTF-8 is the key.</param>
    /// <param name="at">When it is sent.</param>
    /// <param name="body">The body, byte for byte.</param>
    public static string Of(string secret, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var t = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.UTF8.GetBytes(t + "."));
        hmac.AppendData(body);
        return $"t={t},v1={Convert.ToHexStringLower(hmac.GetHashAndReset())}";
    }
}
