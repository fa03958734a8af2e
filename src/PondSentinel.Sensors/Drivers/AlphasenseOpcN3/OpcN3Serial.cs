using System.Text;

namespace PondSentinel.Sensors.Drivers.AlphasenseOpcN3;

/// <summary>The serial number of an OPC-N3: a text of 60 characters, of which its paper says no more. Pure.</summary>
/// <remarks>Source: Alphasense 072-0503, issue 2, command 0x10, "read serial number string".</remarks>
internal sealed class OpcN3Serial
{
    private readonly string text;

    private OpcN3Serial(string text) => this.text = text;

    /// <summary>Reads it. What is no printable character separates words.</summary>
    /// <param name="bytes">The answer.</param>
    public static OpcN3Serial Of(ReadOnlySpan<byte> bytes)
    {
        var readable = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            readable.Append(value is > (byte)' ' and <= (byte)'~' ? (char)value : ' ');
        }

        return new OpcN3Serial(string.Join(' ', readable.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    /// <summary>Whether it is the number that the piece's owner noted: the whole text, or a word of it.</summary>
    /// <param name="noted">The number.</param>
    public bool Is(string noted) =>
        string.Equals(noted, text, StringComparison.OrdinalIgnoreCase) || text.Split(' ').Contains(noted, StringComparer.OrdinalIgnoreCase);

    /// <summary>The text, for people.</summary>
    public override string ToString() => text.Length == 0 ? "empty" : text;
}
