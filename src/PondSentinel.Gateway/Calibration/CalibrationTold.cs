using System.Globalization;
using System.Text;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Gateway.Calibration;

/// <summary>What has been told of calibrations, so that a restart does not tell it again: a file of lines beside the records, replaced
/// whole. Where it is lost everything is told once more, which does no harm.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="card">The folder of the records.</param>
internal sealed class CalibrationTold(ICard card)
{
    /// <summary>Its file's name.</summary>
    public const string Name = "told";

    private const int BytesMax = 16 * 1024 * 1024;

    private readonly WholeFile file = new(card, Name, BytesMax);
    private HashSet<string>? lines;

    private HashSet<string> Lines => lines ??= new HashSet<string>(
        Encoding.ASCII.GetString(file.Read(out _) ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    /// <summary>The line that notes since when a channel has been there without a calibration.</summary>
    /// <param name="channel">The channel, as <c>device.channel</c>.</param>
    /// <param name="sinceMs">Since when: UTC ms since 1970.</param>
    public static string SeenLine(string channel, long sinceMs) => string.Create(CultureInfo.InvariantCulture, $"{Seen(channel)}{sinceMs}");

    /// <summary>Since when a channel has been there: UTC ms since 1970; null where nobody has noted it.</summary>
    /// <param name="channel">The channel, as <c>device.channel</c>.</param>
    public long? FirstSeenMs(string channel)
    {
        var lead = Seen(channel);
        return Lines.Where(line => line.StartsWith(lead, StringComparison.Ordinal))
            .Select(line => long.TryParse(line.AsSpan(lead.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var ms) ? ms : (long?)null)
            .FirstOrDefault(ms => ms is not null);
    }

    /// <summary>The channel of which a line notes since when it has been there.</summary>
    /// <param name="line">The line.</param>
    /// <returns>The channel; null where it is another line.</returns>
    public static string? ChannelSeen(string line) => line.Split(' ') is ["seen", var channel, _] ? channel : null;

    /// <summary>Whether something has been told.</summary>
    /// <param name="line">What, in one line of ASCII.</param>
    public bool Has(string line) => Lines.Contains(line);

    /// <summary>Notes what has been told, durably.</summary>
    /// <param name="told">It, a line each.</param>
    /// <param name="isOfUse">Whether a line that was noted before is still of use; the others are forgotten.</param>
    /// <returns>Why it could not be noted, in one line; null where it could.</returns>
    public string? Note(IEnumerable<string> told, Predicate<string> isOfUse)
    {
        Lines.RemoveWhere(line => !isOfUse(line));
        Lines.UnionWith(told);
        return file.Write(Encoding.ASCII.GetBytes(string.Concat(Lines.Order(StringComparer.Ordinal).Select(line => $"{line}\n"))));
    }

    private static string Seen(string channel) => $"seen {channel} ";
}
