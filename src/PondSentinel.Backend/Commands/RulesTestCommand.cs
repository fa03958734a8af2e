using System.CommandLine;
using PondSentinel.Backend.Alerting.Trial;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend rules test</c>: whether people would be told of an episode what they are to be told.</summary>
internal static class RulesTestCommand
{
    /// <summary>Exit code where something else is told.</summary>
    public const int Wrong = 1;

    private const string Description =
        """
        Play episodes to the alert engine, and compare what people would be told with what they are to be told.

        An episode has title and begin, rules as in backend.toml, and times counted from begin:

          [[series]]                             a channel: straight lines between points
          channel = "outlet/nh4.ammonium"        station/device.channel
          measurand = "ammonium_n_mg_l"
          every = "1m"
          points = ["0m 2", "60m 2", "70m 22", "6h 2"]
          ahead = "5m"                           its clock is wrong by so much
          gateway = "g1"                         where there are several
          [[disturbance]]                        outage (of the link), off (no power), silence (of sensors), missing, suspect,
                                                 fail, over-range, implausible, maint; of the backend kill, or clock-behind
                                                 and by = "1d"
          kind = "outage"
          from = "2h"
          to = "26h"
          gateway = "g1"                         only of this one
          device = "nh4"                         only of this one
          [[alarm]]                              of a gateway's own; its rule is gw-NAME
          name = "leak"
          channel = "outlet/nh4.ammonium"
          measurand = "ammonium_n_mg_l"
          at = "70m"
          before = "3m"                          so long it had lasted then
          value = 22
          raise_above = 15
          clear_below = 12                       or raise_below and clear_above
          severity = "high"
          over = true                            it is over: then peak too
          arrives = "2h"                         where that is later
          gateway = "g1"                         where there are several
          [[clock]]                              what a gateway says of its own; else that it is right
          from = "10m"
          to = "2h"
          ahead_s = 30                           of the backend's; below 0 behind it, and without this line set by nobody
          gateway = "g1"                         where there are several
          [[calibration]]                        of a channel
          channel = "outlet/ph1.ph"
          measurand = "ph"
          at = "20m"
          due = "36h"                            the next one
          gateway = "g1"                         where there are several
          [[told]]                               all that is told, in order
          at = "77m"
          notice = "firing"                      firing, cleared, past or withdrawn
          rule = "leak"
          device = "nh4"                         or the gateway, where that or its clock is meant
          since = "67m"
          until = "275m"                         where it is over

        With a clock or a calibration in it the rules that every backend has hold too.

        Exit 0: told as expected; 1: otherwise; 2: a file cannot be used.

        Example: pond-backend rules test leak.toml
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var files = new Argument<string[]>("episodes") { Description = "The episodes, TOML.", HelpName = "EPISODE.toml", Arity = ArgumentArity.OneOrMore };
        var command = new Command("test", Description) { files };
        command.SetAction(result =>
        {
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            return result.GetRequiredValue(files).Select(file => Test(file, output, error)).ToList().Max();
        });
        return command;
    }

    private static int Test(string file, TextWriter output, TextWriter error)
    {
        List<Problem> problems = [];
        var (text, unreadable) = RulesCommand.ReadFile(file);
        var episode = text is null ? null : EpisodeFile.Read(file, text, problems);
        if (episode is null)
        {
            error.WriteFindings(unreadable, problems, []);
            return CheckCommand.Bad;
        }

        var told = EpisodeRun.Play(episode);
        if (told.SequenceEqual(episode.Expected))
        {
            output.WritePlain(FormattableString.Invariant($"good: {episode.Title} ({told.Count} notices)"));
            return 0;
        }

        output.WritePlain($"WRONG: {episode.Title}");
        foreach (var notice in episode.Expected.Except(told))
        {
            output.WritePlain($"  not told:     {notice}");
        }

        foreach (var notice in told.Except(episode.Expected))
        {
            output.WritePlain($"  not expected: {notice}");
        }

        if (!told.Except(episode.Expected).Any() && !episode.Expected.Except(told).Any())
        {
            output.WritePlain("  told in another order, or more than once:");
            foreach (var notice in told)
            {
                output.WritePlain($"    {notice}");
            }
        }

        return Wrong;
    }
}
