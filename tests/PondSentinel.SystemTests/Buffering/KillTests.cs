using System.Globalization;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Site;
using PondSentinel.Tests;

namespace PondSentinel.SystemTests.Buffering;

/// <summary>The real process is killed again and again, at any moment of its life. No power cut: what it had written, the
/// kernel keeps.</summary>
public sealed class KillTests : IAsyncLifetime
{
    private const int Seed = 20_262;
    private const long BufferBytes = 16 << 20;
    private const int UpToMs = 1200;

    private readonly string folder = TestFolder.Create();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        TestFolder.ShowLogsOnFailure(folder);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Whatever_was_claimed_survives_any_number_of_kills_and_no_epoch_is_begun_twice()
    {
        var random = new Random(Seed);
        var buffer = Path.Combine(folder, "buffer");
        List<IReadOnlyList<WitnessedRecord>> lives = [];
        await using (var gateway = await FastGateway.PrepareAsync(folder, sites: 1, BufferBytes))
        {
            for (var life = 0; life < TestDepth.Cases(20); life++)
            {
                var witness = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"witness-{life}.txt"));
                gateway.Start(buffer, witness);

                // Every other one gets to its work; the rest may die while the buffer is being opened.
                if (life % 2 == 0)
                {
                    await gateway.RunsUntilAsync(() => WholeLines.Of(witness).Count > 0, () => "Nothing is claimed.");
                }

                await Task.Delay(
                    TimeSpan.FromMilliseconds(random.Next(UpToMs)), TimeProvider.System, TestContext.Current.CancellationToken);
                await gateway.KillAsync();
                lives.Add([.. WholeLines.Of(witness).Select(WitnessedRecord.Parse)]);
            }
        }

        var claimed = lives.SelectMany(life => life).ToList();
        var back = await ReadBack.OfAsync(buffer, BufferBytes);
        Assert.Equal([], back.Wrong);
        Assert.Equal([], back.Lost(claimed));
        Assert.Equal([], back.Altered(claimed));
        Assert.Empty(back.Gone);
        Assert.All(lives, life => Assert.InRange(life.Select(record => record.Epoch).Distinct(StringComparer.Ordinal).Count(), 0, 1));
        var epochs = lives.Where(life => life.Count > 0).Select(life => life[0].Epoch).ToList();
        Assert.Equal(epochs.Distinct(StringComparer.Ordinal), epochs);
        Assert.InRange(epochs.Count, lives.Count / 2, lives.Count);
    }
}
