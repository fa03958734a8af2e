using System.Diagnostics;
using System.Globalization;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Storage;
using PondSentinel.Benchmarks.Buffering;

namespace PondSentinel.Benchmarks;

/// <summary>Whether the time that a refused sign-in takes says who has an account: a name that is not there beside one with a wrong
/// password, in turn.</summary>
internal static class SignInRun
{
    private const string Wrong = "not the password at all";

    /// <summary>Measures and prints.</summary>
    /// <param name="tries">Tries of each kind.</param>
    public static void Run(int tries)
    {
        var folder = Directory.CreateTempSubdirectory("pond-sign-in-").FullName;
        try
        {
            Measure(new StateDatabase(Path.Combine(folder, "state.db")), tries);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Measure(StateDatabase database, int tries)
    {
        var book = new AccountBook(database.Connect, new Passwords(), TimeProvider.System);
        book.Prepare();
        var by = Actor.OfCommand();
        _ = book.Add("li.na", Role.Operator, "correct horse battery", by);
        _ = book.Add("wang", Role.Viewer, null, by);
        _ = new AccountBook(database.Connect, new Passwords(iterations: 100_000), TimeProvider.System).Add("zhao", Role.Viewer, "correct horse battery", by);
        var kinds = new[]
        {
            (What: "a wrong password", Name: "li.na"), (What: "a name that is not there", Name: "nobody"), (What: "an account without a password", Name: "wang"),
            (What: "a hash of fewer rounds", Name: "zhao"), (What: "what is no name", Name: "<>"),
        };
        var times = kinds.Select(_ => new List<double>()).ToList();
        for (var i = 0; i < tries; i++)
        {
            foreach (var (kind, of) in kinds.Zip(times))
            {
                var start = Stopwatch.GetTimestamp();
                _ = book.Check(kind.Name, Wrong);
                of.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        var usual = Figures.Median(times[0]);
        Console.WriteLine("| tried | median, ms | to a wrong password |");
        Console.WriteLine("|---|---|---|");
        foreach (var (kind, of) in kinds.Zip(times))
        {
            var median = Figures.Median(of);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {kind.What} | {median:0.00} | {median / usual:0.000} |"));
        }
    }
}
