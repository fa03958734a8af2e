using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;
using PondSentinel.SystemTests.Site;

namespace PondSentinel.SystemTests.Buffering;

/// <summary>A buffer of <see cref="FastGateway.BufferBytes"/> that is full, and whose newest segment is nearly so: whoever
/// goes on in it soon has to give something up, write the ledger and use a segment again.</summary>
internal static class FullBuffer
{
    private const int RecordsInCommit = 16;

    // Room for about this many records is left in the newest segment.
    private const int RecordsLeft = 10;

    private static readonly TimeSpan NeverByItself = TimeSpan.FromMinutes(1);

    /// <summary>Opens one, which commits when it is told to.</summary>
    /// <param name="folder">Its folder.</param>
    public static SegmentedLog Open(string folder)
    {
        var options = new BufferOptions
        {
            Folder = folder, BytesMax = FastGateway.BufferBytes, FreeSpaceFloor = 0, CommitWindow = NeverByItself,
        };
        return SegmentedLog.Open(options, TimeProvider.System, NullLogger.Instance);
    }

    /// <summary>Makes one.</summary>
    /// <param name="folder">Its folder.</param>
    /// <returns>Every record that was durable in it; the oldest have been given up since.</returns>
    public static async Task<IReadOnlyList<WitnessedRecord>> MakeAsync(string folder)
    {
        await using var log = Open(folder);
        List<WitnessedRecord> claims = [];
        while (log.Status.Lost.Values.Sum() == 0)
        {
            Append(RecordsInCommit);
        }

        var perSegment = (BufferShape.For(FastGateway.BufferBytes).SegmentBytes - Segment.HeaderBytes)
            / Frame.SizeOf(RecordBody.Write(SampleRecord.Of(claims.Count)).Length);
        Append(perSegment - RecordsInCommit - RecordsLeft);
        return claims;

        void Append(int count)
        {
            for (var added = 0; added < count; added++)
            {
                claims.Add(SampleRecord.Claim(log.Append(SampleRecord.Of(claims.Count)).Id, claims.Count));
            }

            log.CommitNow();
        }
    }
}
