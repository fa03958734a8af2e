namespace PondSentinel.Tests.Sensors;

/// <summary>Bytes as manuals print them.</summary>
internal static class Hex
{
    public static byte[] Bytes(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
