using System.Collections.Concurrent;
using System.Globalization;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;
using PondSentinel.Tests;

namespace PondSentinel.SystemTests.Buffering;

/// <summary>The kernel refuses one call after the other, on the files of the buffer alone.</summary>
/// <remarks>The buffer is full and its newest segment nearly so: within a second it is opened and written, something is
/// given up, the ledger written and a segment used again. strace counts the calls of each thread for itself: the first
/// thread opens the buffer, others write.</remarks>
public sealed class CallFaultTests : IAsyncLifetime
{
    private const int AtOnce = 2;
    private const int SitesEach = 2;
    private const int ClaimsWanted = 40;
    private const int SegmentsMax = 24;
    private const int ThinnedSegmentsMax = 4;

    private static readonly TimeSpan BeginsWithin = TimeSpan.FromSeconds(60);

    // Where the card takes nothing any more there is nothing to wait for.
    private static readonly TimeSpan RunsAtMost = TimeSpan.FromSeconds(4);

    // Every call that the gateway makes on its buffer, but for those that never reach a card.
    private static readonly string[] Calls =
    [
        "mkdir", "openat", "flock", "getdents64", "pread64", "pwrite64", "fdatasync", "fsync", "ftruncate", "rename", "unlink", "statfs",
    ];

    private static readonly string[] CallsThatTakeRoom = ["mkdir", "openat", "pwrite64", "fdatasync", "fsync", "ftruncate", "rename"];

    // What they cannot bring is given up, and counted as such: README.md of the buffer, losses.
    private static readonly string[] CallsThatRead = ["openat", "pread64"];

    private readonly string folder = TestFolder.Create();
    private readonly string full;
    private IReadOnlyList<WitnessedRecord> older = [];

    public CallFaultTests() => full = Path.Combine(folder, "full");

    // The first call of each thread, and all from the third on; in a deep run others too.
    private static IEnumerable<string> Moments => TestDepth.Cases(1) == 1 ? ["1", "3+"] : ["1", "2", "3", "3+", "5..7", "8..12", "13+"];

    public async ValueTask InitializeAsync() => older = await FullBuffer.MakeAsync(full);

    public ValueTask DisposeAsync()
    {
        TestFolder.ShowLogsOnFailure(folder);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Nothing_durable_is_lost_whichever_call_fails()
    {
        string[] injections =
        [
            .. from moment in Moments
               from call in Calls
               from error in CallsThatTakeRoom.Contains(call) ? new[] { "EIO", "ENOSPC" } : ["EIO"]
               select $"{call}:error={error}:when={moment}",

            // In the middle of the segments.
            "openat:error=EMFILE:when=8..12",
            "pread64:error=EIO:when=8..12",
        ];
        var cases = new ConcurrentQueue<string>(injections);
        var failures = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(worker => WorkAsync(worker, cases)));
        Assert.Equal([], failures.SelectMany(found => found));
    }

    private async Task<IReadOnlyList<string>> WorkAsync(int worker, ConcurrentQueue<string> cases)
    {
        var own = Directory.CreateDirectory(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"worker-{worker}"))).FullName;
        List<string> failures = [];
        await using var gateway = await FastGateway.PrepareAsync(own, SitesEach);
        while (cases.TryDequeue(out var injection))
        {
            failures.AddRange((await WrongWithAsync(gateway, own, injection)).Select(wrong => $"{injection}: {wrong}"));
        }

        return failures;
    }

    private async Task<IReadOnlyList<string>> WrongWithAsync(FastGateway gateway, string own, string injection)
    {
        // Its path stands in the command once for each file. What a gateway keeps beside its buffer is no other's.
        var room = Directory.CreateTempSubdirectory("pond-").FullName;
        var buffer = Directory.CreateDirectory(Path.Combine(room, "b")).FullName;
        try
        {
            foreach (var file in Directory.GetFiles(full))
            {
                File.Copy(file, Path.Combine(buffer, Path.GetFileName(file)));
            }

            var witness = Path.Combine(own, "witness.txt");
            File.Delete(witness);
            var ended = await RunAsync(gateway, buffer, witness, injection);

            // A start without faults.
            var claimed = WholeLines.Of(witness).Select(WitnessedRecord.Parse).ToList();
            var back = await ReadBack.OfAsync(buffer, FastGateway.BufferBytes);
            return
            [
                .. ended,
                .. back.Wrong,
                .. back.Lost(claimed),
                .. back.Altered([.. older, .. claimed]),
                .. CallsThatRead.Contains(injection.Split(':')[0]) ? [] : Unreadable(back),
            ];
        }
        finally
        {
            Directory.Delete(room, recursive: true);
        }
    }

    private static async Task<IReadOnlyList<string>> RunAsync(FastGateway gateway, string buffer, string witness, string injection)
    {
        gateway.Start(buffer, witness, Strace.Injecting(injection, FilesOf(buffer)));
        var newest = SegmentFiles.Newest(buffer);
        await Eventually.HoldsAsync(() => gateway.HasBegun || gateway.HasExited, BeginsWithin, () => $"It has not begun.\n{gateway.Tail}");
        var begun = TimeProvider.System.GetTimestamp();
        while (!gateway.HasExited
            && (WholeLines.Of(witness).Count < ClaimsWanted || SegmentFiles.Newest(buffer) == newest)
            && TimeProvider.System.GetElapsedTime(begun) < RunsAtMost)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        // It goes on until it is told to end.
        var (byItself, code, lines) = await gateway.EndAsync();
        return (byItself, code) is (false, 0)
            ? []
            : [$"it ended with {code}{(byItself ? " by itself" : "")}: {(lines is [.., var last] ? last : "")}"];
    }

    private IEnumerable<string> Unreadable(ReadBack back) => older
        .Where(record => back.CauseOf(record) == "bad")
        .Take(1)
        .Select(record => $"{record.Epoch} {record.Sequence} and perhaps others cannot be read any more");

    // strace knows a file by its name alone, so all that may come to be are named.
    private static IEnumerable<string> FilesOf(string buffer) => new[] { "ledger", "lock", "e-0000000000000001.seg" }
        .Concat(Enumerable.Range(1, SegmentsMax).Select(number => string.Create(CultureInfo.InvariantCulture, $"r-{number:x16}.seg")))
        .Concat(Enumerable.Range(1, ThinnedSegmentsMax).Select(number => string.Create(CultureInfo.InvariantCulture, $"t-{number:x16}.seg")))
        .Select(name => Path.Combine(buffer, name))
        .Prepend(buffer);
}
