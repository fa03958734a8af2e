using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Benchmarks.Buffering;

/// <summary>A buffer on a disk of its own, filled by gateways that were started several times meanwhile until nearly
/// something has to go.</summary>
internal sealed class Backlog : IDisposable
{
    private const int Lives = 16;

    // An eighth of the bound is kept for events, and what is above the rest would be thinned.
    private const double Filled = 0.85;
    private const int RecordsPerCommit = 800;

    private readonly Pond pond;
    private readonly int recordBytes;

    /// <summary>Makes an empty one.</summary>
    /// <param name="devices">Devices that share the 14 channels.</param>
    /// <param name="bytes">Bound of the buffer.</param>
    public Backlog(int devices, long bytes)
    {
        pond = new Pond(devices);
        recordBytes = (int)Enumerable.Range(0, devices).Average(_ => Frame.SizeOf(RecordBody.Write(pond.Next()).Length));
        Bytes = bytes;
        Disk = new LoopDisk((bytes * 5 / 4) + (256L << 20));
    }

    /// <summary>Bound of the buffer.</summary>
    public long Bytes { get; }

    /// <summary>Its disk.</summary>
    public LoopDisk Disk { get; }

    /// <summary>Its settings.</summary>
    public BufferOptions Options => new() { Folder = Path.Combine(Disk.Folder, "buffer"), BytesMax = Bytes };

    /// <summary>Opens it.</summary>
    public SegmentedLog Open() => SegmentedLog.Open(Options, TimeProvider.System, NullLogger.Instance);

    /// <summary>Fills it with records that nobody has settled.</summary>
    public async Task FillAsync()
    {
        for (var life = 0; life < Lives; life++)
        {
            await using var log = Open();
            for (var left = (long)(Bytes * Filled / Lives / recordBytes); left > 0; left -= RecordsPerCommit)
            {
                for (var index = 1; index < RecordsPerCommit; index++)
                {
                    log.Append(pond.Next());
                }

                await log.Append(pond.Next(), urgent: true).Durable;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Disk.Dispose();
}
