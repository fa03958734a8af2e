using CsCheck;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Uplink;

public sealed class DataBudgetTests : IDisposable
{
    private const long Budget = 30_000_000;
    private const int January = 2026 * 12;

    private readonly string folder = Directory.CreateTempSubdirectory("pond-budget").FullName;
    private readonly TestClocks clocks = new() { Discipline = new(Synchronised: true, TimeSpan.FromMilliseconds(5)) };
    private readonly Lines journal = new();

    private string File => Path.Combine(folder, "data-usage-gz-07.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Step_grows_with_the_use_and_nothing_but_a_used_up_budget_counts_as_used_up() =>
        Gen.Select(Gen.Long[0, 2 * Budget], Gen.Long[0, Budget], Gen.Double[0, 1], Gen.Int[0, BudgetPlan.Spent]).Sample(
            (used, more, share, before) =>
            {
                var step = BudgetPlan.Step(used, Budget, share, before);
                Assert.InRange(step, 0, BudgetPlan.Spent);
                Assert.Equal(used >= Budget, step == BudgetPlan.Spent);
                Assert.True(BudgetPlan.Step(used + more, Budget, share, before) >= step);
                Assert.True(BudgetPlan.Step(used, Budget, share, step) == step || step < before, "It flaps.");
            },
            iter: TestDepth.Cases(2000),
            seed: "0000000000000");

    [Fact]
    public void Even_use_asks_for_no_thrift_and_a_days_share_ahead_at_the_beginning_neither()
    {
        for (var hour = 0; hour < 720; hour++)
        {
            Assert.Equal(0, BudgetPlan.Step(Budget * hour / 720 * 98 / 100, Budget, hour / 720.0, 0));
        }

        Assert.Equal(0, BudgetPlan.Step(Budget / 30, Budget, 0, 0));
        Assert.Equal(1, BudgetPlan.Step((Budget / 30) + 1, Budget, 0, 0));
        Assert.Equal(
            [0, 60, 300, 900, 3600, 3600], Enumerable.Range(0, 6).Select(step => BudgetPlan.Interval(step).TotalSeconds));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(20)]
    [InlineData(40)]
    public void Month_that_would_take_many_budgets_ends_within_one_and_never_stands_still(int millions)
    {
        // A record a minute, 100 bytes of it and 1,000 of each message: 47.5 million bytes where each goes at once.
        var budget = millions * 1_000_000L;
        var (used, waiting, step) = (0L, 0, 0);
        var sentAt = TimeSpan.Zero;
        var intervals = new HashSet<int>();
        for (var now = TimeSpan.Zero; now < TimeSpan.FromDays(30); now += TimeSpan.FromMinutes(1))
        {
            step = BudgetPlan.Step(used, budget, now / TimeSpan.FromDays(30), step);
            intervals.Add(step);
            waiting++;
            if (step != BudgetPlan.Spent && now - sentAt >= BudgetPlan.Interval(step))
            {
                used += 1000 + (waiting * 100);
                (waiting, sentAt) = (0, now);
            }
        }

        // Hourly messages take 5.0 million.
        Assert.Equal(millions == 4, intervals.Contains(BudgetPlan.Spent));
        Assert.InRange(used, budget * 9 / 10, budget + 10_000);
    }

    [Fact]
    public void Use_outlives_the_process_and_a_new_month_begins_with_nothing()
    {
        var first = Open();
        first.Note(1_000_000);
        first.Note(2_000_000);
        first.Save();
        Assert.Equal(2_000_000, first.MonthBytes);

        var next = Open();
        next.Note(500_000);
        Assert.Equal(2_500_000, next.MonthBytes);
        clocks.SetWall(TimeSpan.FromDays(31));
        next.Note(550_000);
        clocks.Advance(TimeSpan.FromSeconds(11));
        next.Note(600_000);
        Assert.Equal(50_000, next.MonthBytes);
        Assert.DoesNotContain(journal.All, line => line.Contains("cannot", StringComparison.Ordinal));
    }

    [Fact]
    public void Card_is_written_each_thousandth_of_the_budget_or_hour_and_not_for_every_byte()
    {
        var budget = Open();
        budget.Note(100_000);
        var writes = 0;
        for (var i = 1; i <= 7200; i++)
        {
            System.IO.File.Delete(File);
            clocks.Advance(TimeSpan.FromSeconds(10));
            budget.Note(100_000 + (i * 50));
            writes += System.IO.File.Exists(File) ? 1 : 0;
        }

        // 360,000 bytes in 20 hours: 12 thousandths.
        Assert.InRange(writes, 18, 33);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"v\":1,\"month\":\"2026-07\",\"bytes\":-4}")]
    [InlineData("{\"v\":1,\"month\":\"2026-13\",\"bytes\":4}")]
    [InlineData("{\"v\":2,\"month\":\"2026-07\",\"bytes\":4}")]
    [InlineData("{\"v\":1,\"month\":\"2026-07\",\"bytes\":4")]
    [InlineData("[[[[")]
    public void File_that_says_nothing_is_told_and_counts_as_the_share_of_the_month_that_is_over(string text)
    {
        System.IO.File.WriteAllText(File, text);
        clocks.Advance(TimeSpan.FromDays(14.25));
        var budget = Open();
        budget.Note(1000);

        Assert.InRange(budget.MonthBytes, Budget * 14 / 31, Budget * 15 / 31);
        Assert.Contains(journal.All, line => line.Contains("data-usage-gz-07.json cannot be read: it is not what was written", StringComparison.Ordinal));
        budget.Save();
        Assert.NotNull(new DataUsageFile(File).Read(out _));
    }

    [Fact]
    public void Folder_that_takes_no_file_is_told_once_and_stops_nothing()
    {
        Directory.CreateDirectory(File + ".new");
        var budget = Open();
        for (var i = 1; i < 100; i++)
        {
            budget.Note(i * 100_000);
        }

        Assert.Equal(9_900_000, budget.MonthBytes);
        Assert.Single(journal.All, line => line.Contains("cannot be written", StringComparison.Ordinal));
    }

    [Fact]
    public void While_nobody_knows_the_time_all_counts_in_the_month_last_known()
    {
        Assert.Null(new DataUsageFile(File).Write(new DataUsage(January + 5, 7_000_000)));
        clocks.Discipline = new(Synchronised: false, TimeSpan.FromSeconds(16));
        var budget = Open();
        budget.Note(1_000_000);
        Assert.Equal(8_000_000, budget.MonthBytes);

        clocks.Discipline = new(Synchronised: true, TimeSpan.FromMilliseconds(5));
        budget.Note(1_500_000);
        Assert.Equal(500_000, budget.MonthBytes);
    }

    [Fact]
    public void Use_of_a_month_that_is_still_to_come_is_no_months_use()
    {
        Assert.Null(new DataUsageFile(File).Write(new DataUsage(January + 13, 7_000_000)));
        clocks.Advance(TimeSpan.FromDays(14.25));
        var budget = Open();
        budget.Note(1000);

        Assert.InRange(budget.MonthBytes, Budget * 14 / 31, Budget * 15 / 31);
        Assert.Contains(journal.All, line => line.Contains("a month that is still to come", StringComparison.Ordinal));
    }

    private DataBudget Open() =>
        new(Budget, new DataUsageFile(File), new GatewayClock(clocks, clocks, new ClockOptions()), clocks, journal);
}
