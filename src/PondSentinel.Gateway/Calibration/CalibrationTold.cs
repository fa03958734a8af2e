using System.Text;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Gateway.Calibration;

/// <summary>What has been told of calibrations, so that a restart does not tell it again: a file of lines beside the records, replaced
/// whole. Where it is lost everything is told once more, which does no harm.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="card">The folder of the records.</param>
internal sealed class CalibrationTold(ICard card)
{
    private const int BytesMax = 16 * 1024 * 1024;

    private readonly WholeFile file = new(card, "told", BytesMax);
    private HashSet<string>? lines;

    private HashSet<string> Lines => lines ??= new HashSet<string>(
        Encoding.ASCII.GetString(file.Read(out _) ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

    /// <summary>Whether something has been told.</summary>
    /// <param name="line">What, in one line.</param>
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
}
