using System.IO.Compression;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Buffering.Viewing;
using PondSentinel.Gateway.Commands;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>A buffer as the first version wrote it, kept for ever: whatever a later version does, it reads this one, record by
/// record. Images/README.md tells how a new one is made when the layout changes.</summary>
public sealed class ImageTests : IDisposable
{
    private static readonly string Images = Path.Combine(AppContext.BaseDirectory, "Gateway/Buffering/Images");
    private static readonly BufferOptions Options = new() { BytesMax = 128 * 1024, FreeSpaceFloor = 0 };

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("pond-image-");

    [Theory]
    [InlineData("version-1")]
    [InlineData("version-2")]
    public async Task Buffer_of_an_earlier_version_is_read_to_the_last_record(string version)
    {
        var folder = root.CreateSubdirectory(version).FullName;
        await ZipFile.ExtractToDirectoryAsync(Path.Combine(Images, version + ".zip"), folder, TestContext.Current.CancellationToken);
        var expected = await File.ReadAllTextAsync(Path.Combine(folder, "expected.jsonl"), TestContext.Current.CancellationToken);

        Assert.Equal(expected, Text(folder));
        Assert.Contains("\"w\":", expected, StringComparison.Ordinal);
        Assert.Contains("\"thin\"", expected, StringComparison.Ordinal);
        Assert.Contains("\"settled\":true", expected, StringComparison.Ordinal);
        Assert.Contains("\"src\":\"est\"", expected, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"event\"", expected, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version-1")]
    [InlineData("version-2")]
    public async Task Buffer_of_an_earlier_version_goes_on(string version)
    {
        var folder = root.CreateSubdirectory(version).FullName;
        await ZipFile.ExtractToDirectoryAsync(Path.Combine(Images, version + ".zip"), folder, TestContext.Current.CancellationToken);
        long unsettled;
        await using (var log = Open(folder))
        {
            unsettled = log.Status.Unsettled;
            log.Append(BufferBench.Record(5_000));
            log.CommitNow();
        }

        await using var again = Open(folder);
        Assert.InRange(unsettled, 200, long.MaxValue);
        Assert.Equal(unsettled + 1, again.Status.Unsettled);
        Assert.Equal(0, again.Status.Lost[LossCause.Bad]);
    }

    [Fact]
    public async Task What_this_version_writes_has_all_that_the_image_has_to_have()
    {
        var folder = await MakeAsync(root.CreateSubdirectory("made").FullName);

        var text = Text(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "expected.jsonl"), text, TestContext.Current.CancellationToken);
        Assert.Contains("\"w\":", text, StringComparison.Ordinal);
        Assert.Contains("\"src\":\"est\"", text, StringComparison.Ordinal);
        Assert.Contains("\"had\"", text, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("POND_KEEP_IMAGE") is { } kept)
        {
            await ZipFile.CreateFromDirectoryAsync(folder, kept, CompressionLevel.SmallestSize, includeBaseDirectory: false, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => root.Delete(recursive: true);

    // Two lives of the machine, the first of them never with a time; settled, gone and thinned records, events, full segments
    // and one that is not.
    private static async Task<string> MakeAsync(string folder)
    {
        await using (var log = Open(folder))
        {
            for (var i = 0; i < 30; i++)
            {
                log.Append(BufferBench.Untrusted(i * 10, BufferBench.LaterBoot));
            }

            log.AppendEvent(BufferBench.Event("meta"));
            log.CommitNow();
        }

        await using (var log = Open(folder))
        {
            log.Trust(new(BufferBench.Boot, TimeSpan.Zero, BufferBench.StartMs, new ClockStamp(ClockSource.Srv, 5)));
            log.AppendEvent(BufferBench.Event("clock"));
            for (var i = 0; i < 1600; i++)
            {
                log.Append(BufferBench.Record(i, calibration: i < 800 ? "c17" : "c18"));
                if (i % 20 == 0)
                {
                    log.CommitNow();
                }

                if (i == 100)
                {
                    BufferBench.Drain(log);
                    log.Apply(BufferBench.Receipt(log.Epoch!, 60, number: 0));
                }
            }

            log.CommitNow();
            log.StartLive();
            for (var i = 1600; i < 1700; i++)
            {
                log.Append(BufferBench.Record(i));
            }

            log.CommitNow();
            BufferBench.Drain(log, Lane.Live);
            log.Apply(BufferBench.Receipt(log.Epoch!, 1680, gaps: new SequenceRange(0, 1599)));
        }

        return folder;
    }

    private static SegmentedLog Open(string folder) => SegmentedLog.Open(
        Options with { Folder = folder }, new FakeTimeProvider(), NullLogger.Instance, LinuxCard.At(folder), isByHand: true);

    private static string Text(string folder)
    {
        using var view = BufferView.Open(LinuxCard.ToRead(folder), Options.BytesMax);
        using var output = new StringWriter(new StringBuilder()) { NewLine = "\n" };
        Assert.Equal(0, BufferDump.Write(view, asJson: true, output));
        return output.ToString();
    }
}
