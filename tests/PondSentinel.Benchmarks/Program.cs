using System.Globalization;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using PondSentinel.Benchmarks;
using PondSentinel.Benchmarks.Alerting;
using PondSentinel.Benchmarks.Buffering;
using PondSentinel.Benchmarks.Buses;
using PondSentinel.Benchmarks.EndToEnd;
using PondSentinel.Benchmarks.Notification;

if (args is ["day" or "append" or "drain" or "open" or "ingest" or "link" or "through" or "fleet" or "notify" or "polls" or "rules" or "planner" or "averages" or "quality-state" or "footprint" or "page" or "sign-in", ..])
{
    Console.WriteLine(FormattableString.Invariant(
        $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC, {Environment.ProcessorCount} cores, {RuntimeInformation.OSArchitecture}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}"));
}

switch (args)
{
    case ["day", var minutes, .. var mount]:
        await DayRun.RunAsync(int.Parse(minutes, CultureInfo.InvariantCulture), mount is [var options] ? options : "noatime");
        return 0;
    case ["append"]:
        await AppendRun.RunAsync();
        return 0;
    case ["drain", .. var rest] when OperatingSystem.IsLinux():
        await DrainRun.RunAsync(MebibytesIn(rest));
        return 0;
    case ["ingest", .. var rest]:
        await IngestRun.RunAsync(
            rest is [var thousands, ..] ? int.Parse(thousands, CultureInfo.InvariantCulture) : 300, rest is [_, "ledger"]);
        return 0;
    case ["fleet", .. var rest]:
        await FleetRun.RunAsync(rest is ["--short"]);
        return 0;
    case ["notify", .. var rest]:
        await NotificationRun.RunAsync(rest is ["--short"]);
        return 0;
    case ["page", .. var rest]:
        await PageRun.RunAsync(rest is ["--short"]);
        return 0;
    case ["through", .. var rest]:
        await ThroughRun.RunAsync(rest is ["--short"]);
        return 0;
    case ["link", .. var rest]:
        await LinkDayRun.RunAsync(rest is ["--short"] ? 2 : 24);
        return 0;
    case ["footprint", var program, .. var rest]:
        await FootprintRun.RunAsync(program, rest is [var minutesRun] ? int.Parse(minutesRun, CultureInfo.InvariantCulture) : 10);
        return 0;
    case ["rules", .. var rest]:
        RulesRun.Run(rest is [var channels] ? int.Parse(channels, CultureInfo.InvariantCulture) : 10_000);
        return 0;
    case ["planner", .. var rest]:
        await PlannerRun.RunAsync(rest is [] ? [100, 1_000, 10_000] : [.. rest.Select(count => int.Parse(count, CultureInfo.InvariantCulture))]);
        return 0;
    case ["averages", .. var rest]:
        AveragesRun.Run(rest is [var series] ? int.Parse(series, CultureInfo.InvariantCulture) : 200);
        return 0;
    case ["sign-in", .. var rest]:
        SignInRun.Run(rest is [var tries] ? int.Parse(tries, CultureInfo.InvariantCulture) : 200);
        return 0;
    case ["quality-state"]:
        QualityStateRun.Run();
        return 0;
    case ["polls"]:
        await PollRun.RunAsync();
        return 0;
    case ["open", .. var rest]:
        await OpenRun.RunAsync(MebibytesIn(rest));
        return 0;
}

// In this process: a project that the tool generates would have to satisfy the settings of this repository.
var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
var config = DefaultConfig.Instance
    .AddJob(job)
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddLogicalGroupRules(BenchmarkLogicalGroupRule.ByCategory)
    .HideColumns(Column.Job, Column.Error, Column.StdDev, Column.RatioSD);
var summaries = BenchmarkSwitcher.FromAssembly(typeof(BatchBenchmarks).Assembly).Run(args, config);
return summaries.Any(summary => summary.HasCriticalValidationErrors) ? 1 : 0;

static int MebibytesIn(string[] rest) => rest is [var mebibytes] ? int.Parse(mebibytes, CultureInfo.InvariantCulture) : 512;
