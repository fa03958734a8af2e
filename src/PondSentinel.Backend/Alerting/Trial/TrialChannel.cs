using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting.Trial;

/// <summary>A channel of recorded values, as far as its name tells what it is.</summary>
internal static class TrialChannel
{
    private const string Anywhere = "any";

    /// <summary>Finds out which channel a name means, and which rules watch it.</summary>
    /// <param name="name">The name: <c>channel</c>, <c>device.channel</c>, <c>station/device.channel</c> or with the site in front. What it
    /// leaves open fits every rule.</param>
    /// <param name="measurand">What it measures, where somebody has said; else it is what its name says, or what rules of that name are about.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="fault">Why it cannot be found out.</param>
    public static (AlertSubject Subject, IReadOnlyList<AlertRule> Rules)? Of(
        string name, Measurand? measurand, IReadOnlyList<AlertRule> rules, out string? fault)
    {
        fault = null;
        var places = name.Split('/');
        var parts = places[^1].Split('.', 2);
        var channel = parts[^1];
        string? device = parts.Length > 1 ? parts[0] : null, station = places.Length > 1 ? places[^2] : null, site = places.Length > 2 ? places[^3] : null;
        bool Fits(string? selected, string? given) => selected is null || given is null || selected == given;
        var candidates = rules.Where(rule =>
            rule.Average is null && Fits(rule.Site, site) && Fits(rule.Station, station) && Fits(rule.Device, device)
            && (rule.Channel is null || rule.Channel == channel)).ToList();
        if ((measurand ?? MeasurandOf(channel, candidates, [.. rules.SelectMany(rule => rule.InputMeasurands).Distinct()])) is not { } measured)
        {
            fault = $"what {name} measures cannot be told; say it: --channel {name}=ammonium_n_mg_l";
            return null;
        }

        var watching = candidates.Where(rule => rule.Measurand == measured).ToList();
        string? One(string? given, Func<AlertRule, string?> selector, string what, ref string? fault)
        {
            var named = given is null ? watching.Select(selector).OfType<string>().Distinct(StringComparer.Ordinal).ToList() : [given];
            if (named.Count > 1)
            {
                fault = $"{name} may be of {what} {string.Join(" or ", named)}; write site/station/device.channel in the column channel";
            }

            return named.FirstOrDefault() ?? Anywhere;
        }

        var subject = new AlertSubject(
            One(site, rule => rule.Site, "site", ref fault)!,
            One(station, rule => rule.Station, "station", ref fault)!,
            Anywhere,
            One(device, rule => rule.Device, "device", ref fault)!,
            channel,
            measured);
        return fault is null ? (subject, watching) : null;
    }

    private static Measurand? MeasurandOf(string channel, List<AlertRule> rules, List<Measurand> inputs)
    {
        var word = channel.Replace('-', '_');
        if (MeasurandNames.TryParse(word, out var named))
        {
            return named;
        }

        var all = rules.Select(rule => rule.Measurand).Union(inputs).ToList();
        List<List<Measurand>> guesses =
        [
            [.. rules.Where(rule => rule.Channel == channel).Select(rule => rule.Measurand).Distinct()],
            [.. all.Where(measurand => measurand.WireName.StartsWith($"{word}_", StringComparison.Ordinal))],
            all,
        ];
        return guesses.Find(guess => guess.Count > 0) is [var only] ? only : null;
    }
}
