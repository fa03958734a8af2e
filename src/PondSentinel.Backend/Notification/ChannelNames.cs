using System.Security.Cryptography;
using System.Text;

namespace PondSentinel.Backend.Notification;

/// <summary>Names of channels in the outbox.</summary>
internal static class ChannelNames
{
    /// <summary>Eight digits that tell two places apart and give neither away.</summary>
    /// <param name="place">Where the channel leads.</param>
    public static string Digits(string place) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(place)).AsSpan(0, 4));
}
