using PondSentinel.Derivation;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Derivation;

/// <summary>Reads the keys of a derived channel that say how it is computed.</summary>
internal static class FormulaSection
{
    /// <summary>Reads them.</summary>
    /// <param name="section">The channel's table.</param>
    /// <param name="id">The channel.</param>
    /// <param name="sources">What there is to compute from, and what it measures.</param>
    /// <param name="interval">Time between values; null where it is not known.</param>
    /// <returns>How it is computed; null where a problem was reported.</returns>
    public static DerivedChannelOptions? Read(
        TomlSection section, string id, IReadOnlyDictionary<string, Measurand> sources, TimeSpan? interval)
    {
        var name = section.Text("formula", required: true);
        if (name is null || FormulaBook.Find(name) is not { } formula)
        {
            if (name is not null)
            {
                section.Report("formula", $"there is no formula \"{name}\"", Findings.Meant(name, [.. FormulaBook.All.Select(known => known.Name)]));
            }

            return null;
        }

        List<string?> found = [.. formula.Inputs.Select(input => Source(section, formula, input, sources))];
        List<double?> constants = [.. formula.Constants.Select(constant => Constant(section, constant))];
        var period = Period(section, formula, interval);
        var isWhole = formula.Inputs.Zip(found).All(pair => pair.First.IsOptional || pair.Second is not null);
        return isWhole && period is not null && constants.All(constant => constant is not null)
            ? new DerivedChannelOptions(id, formula, found, [.. constants.Select(constant => constant!.Value)], period.Value)
            : null;
    }

    private static string? Source(
        TomlSection section, Formula formula, FormulaInput input, IReadOnlyDictionary<string, Measurand> sources)
    {
        if (section.Text(input.Key, required: !input.IsOptional) is not { } source)
        {
            return null;
        }

        if (sources.TryGetValue(source, out var measurand) && input.Measurands.Contains(measurand))
        {
            return source;
        }

        List<string> possible = [.. sources.Where(pair => input.Measurands.Contains(pair.Value)).Select(pair => pair.Key)];
        section.Report(
            input.Key,
            $"{input.Key} of {formula.Name} needs {string.Join(" or ", input.Measurands.Select(known => known.WireName))}, and \"{source}\" "
                + (sources.ContainsKey(source) ? $"is {measurand.WireName}" : "is not known"),
            Findings.Meant(source, possible));
        return null;
    }

    // Asked for in any case, so that a key that is nearly it can be told what is meant.
    private static double? Constant(TomlSection section, FormulaConstant constant)
    {
        double? value = constant.IsFlag
            ? section.Flag(constant.Key) switch
            {
                true => 1,
                false => 0,
                null => null,
            }
            : section.Number(constant.Key, constant.Min, constant.Max, required: constant.Usual is null);
        return section.Has(constant.Key) ? value : constant.Usual;
    }

    private static TimeSpan? Period(TomlSection section, Formula formula, TimeSpan? interval)
    {
        const string key = Formula.PeriodKey;
        if (formula.Period is not var (min, max, usual))
        {
            return TimeSpan.Zero;
        }

        var written = section.Duration(key, min, max);
        var period = section.Has(key) ? written : usual;
        if (period is not { } length || interval is not { } step || step <= TimeSpan.Zero)
        {
            return period;
        }

        if (length < step)
        {
            section.Report(key, $"the period of {formula.Name}, {Units.Text(length)}, is shorter than the interval, {Units.Text(step)}", "lengthen it, or shorten the interval");
            return null;
        }

        if (length / step > FormulaSetting.StepsMax)
        {
            section.Report(key, $"{Units.Text(length)} of values every {Units.Text(step)} are more than {FormulaSetting.StepsMax}", "shorten it, or lengthen the interval");
            return null;
        }

        var nearest = FormulaSetting.Nearest(length, step);
        if (nearest < length * formula.FilledShare)
        {
            section.Report(
                key,
                $"{formula.Name} would never have a value for sure: of values every {Units.Text(step)}, the nearest to {Units.Text(length)} apart are {Units.Text(nearest)} apart, less than {formula.FilledShare * 100:F0}% of it",
                "make the period a multiple of the interval");
            return null;
        }

        return period;
    }
}
