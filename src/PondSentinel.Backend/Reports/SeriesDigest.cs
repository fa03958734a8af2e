using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Reports;

/// <summary>What a stretch of a series was when somebody looked: whoever makes the report again sees whether anything has changed.
/// </summary>
/// <remarks>SHA-256 over a line for each point, in order of time: <c>time_ns,value,flag,reasons,adj</c>, numbers in the shortest digits
/// that read back the same, nothing where there is none, LF at the end.</remarks>
/// <param name="Series">The series.</param>
/// <param name="Points">Points.</param>
/// <param name="Hex">The digest, 64 hexadecimal digits.</param>
internal sealed record SeriesDigest(SeriesKey Series, long Points, string Hex)
{
    /// <summary>Reads a stretch of a series.</summary>
    /// <param name="store">The store.</param>
    /// <param name="series">The series.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    public static async Task<SeriesDigest> ReadAsync(
        IHistoryStore store, SeriesKey series, long fromNs, long toNs, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (count, at, lines) = (0L, fromNs, new StringBuilder());
        while (true)
        {
            var part = await store.ReadAsync(series, at, toNs, cancellationToken);
            lines.Clear();
            foreach (var point in part)
            {
                lines.Append(CultureInfo.InvariantCulture, $"{point.TimeNs},{point.Value:R},{(int)point.Flag},{PointText.OfWhy(point.Why)},{point.Adjusted:R}\n");
            }

            hash.AppendData(Encoding.UTF8.GetBytes(lines.ToString()));
            count += part.Count;
            if (part.Count < IHistoryStore.PointsMax)
            {
                return new SeriesDigest(series, count, Convert.ToHexStringLower(hash.GetHashAndReset()));
            }

            at = part[^1].TimeNs + 1;
        }
    }

    /// <summary>SHA-256 over a line for each of several: <c>measurand,station,gateway,device,channel,points,digest</c>.</summary>
    /// <param name="all">They, in order.</param>
    public static string Of(IEnumerable<SeriesDigest> all) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(
        all.Select(one => string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Series.Measurand.WireName},{one.Series.Station},{one.Series.Gateway},{one.Series.Device},{one.Series.Channel},{one.Points},{one.Hex}\n"))))));
}
