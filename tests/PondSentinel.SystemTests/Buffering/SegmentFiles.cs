using System.Globalization;

namespace PondSentinel.SystemTests.Buffering;

/// <summary>The segments of a buffer, by their files.</summary>
internal static class SegmentFiles
{
    /// <summary>Number of the newest segment of records; 0 where there is none.</summary>
    /// <param name="buffer">The buffer's folder.</param>
    public static long Newest(string buffer) => Numbers(buffer).DefaultIfEmpty(0).Max();

    /// <summary>How many segments of records there are.</summary>
    /// <param name="buffer">The buffer's folder.</param>
    public static int Count(string buffer) => Numbers(buffer).Count();

    private static IEnumerable<long> Numbers(string buffer) => Directory.Exists(buffer)
        ? Directory.GetFiles(buffer, "r-*.seg").Select(path => long.Parse(
            Path.GetFileNameWithoutExtension(path)[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
        : [];
}
