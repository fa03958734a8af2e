using System.Globalization;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Reads bytes and commands of a profile.</summary>
public static class ProfileHex
{
    private const int BytesMax = 256;
    private static readonly TimeSpan DrainMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(2);

    /// <summary>Reads bytes in hexadecimal.</summary>
    /// <param name="section">Where they stand.</param>
    /// <param name="key">Their key.</param>
    /// <param name="required">Whether their absence is a problem.</param>
    /// <returns>The bytes; none where they are absent or wrong.</returns>
    internal static byte[] Read(TomlSection section, string key, bool required = true)
    {
        var text = section.Text(key, required)?.Replace(" ", "", StringComparison.Ordinal);
        if (text is null)
        {
            return [];
        }

        if (text.Length is > 0 and <= 2 * BytesMax && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit))
        {
            return Convert.FromHexString(text);
        }

        section.Report(key, $"{key} must be bytes in hexadecimal", $"write {key} = \"01 03 …\"");
        return [];
    }

    /// <summary>Reads a command: <c>send</c>, and <c>reply</c> or <c>drain</c>, with <c>source</c> and <c>example</c>, the whole
    /// frame as its source prints it.</summary>
    /// <param name="section">Where it stands.</param>
    internal static ProfileStep ReadStep(TomlSection section)
    {
        var step = new ProfileStep(
            Read(section, "send"),
            Read(section, "reply", required: false),
            section.Duration("drain", DrainMin, DrainMax) ?? TimeSpan.Zero,
            ProfileFile.Line(section, "source"));
        if (section.Has("reply") == section.Has("drain"))
        {
            section.Report(
                null, "a command has a reply or a drain, one of them", "write reply = \"10 31 …\", or drain = \"500ms\" where it has no form");
        }

        CheckExample(section, Read(section, "example"), step.Send);
        return step;
    }

    /// <summary>Bytes as people write them.</summary>
    /// <param name="bytes">The bytes.</param>
    public static string Text(ReadOnlySpan<byte> bytes) =>
        string.Join(' ', bytes.ToArray().Select(value => value.ToString("X2", CultureInfo.InvariantCulture)));

    /// <summary>Reports an example that is not a command with an address before and a checksum behind it.</summary>
    /// <param name="section">Where it stands.</param>
    /// <param name="example">The example; empty where a problem has been reported.</param>
    /// <param name="send">The command.</param>
    internal static void CheckExample(TomlSection section, byte[] example, ReadOnlyMemory<byte> send)
    {
        if (example.Length == 0 || send.IsEmpty)
        {
            return;
        }

        var right = ModbusRequest.Raw(example[0], send.Span, []).Frame.Span;
        if (!right.SequenceEqual(example))
        {
            section.Report("example", "example is not what this command sends", $"it sends {Text(right)}");
        }
    }
}
