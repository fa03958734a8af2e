using PondSentinel.Chemistry;
using PondSentinel.Measurements;
using static PondSentinel.Tests.Repository.KnownAnswers;

namespace PondSentinel.Tests.Chemistry;

/// <summary>Every known answer of chemistry.</summary>
public sealed class ChemistryVectorTests
{
    private const double Printed = 1e-6;
    private const double SixDecimals = 5.1e-7;

    [Fact]
    public void Un_ionized_ammonia_is_as_Emerson_has_it()
    {
        var rows = Rows("Chemistry/vectors/unionized_fraction.csv");
        Assert.NotEmpty(rows);
        foreach (var row in rows)
        {
            var (ph, water) = (new PhValue(Of(row, "ph")), new WaterCelsius(Of(row, "temp_c")));
            var share = AmmoniaEquilibrium.UnionizedShare(ph, water);
            var unionized = AmmoniaEquilibrium.Unionized(new TotalAmmoniaNitrogen(10), ph, water);

            Near(Of(row, "pka"), AmmoniaEquilibrium.AcidConstant(water).Value, Printed);
            Near(Of(row, "f_2732"), share.Value, Printed);
            Near(Of(row, "nh3n_of_10"), unionized.Value.MilligramsPerLitre, Printed);
            Near(Of(row, "nh3_of_10"), unionized.Then(UnionizedAmmonia.From).Value.MilligramsPerLitre, 4e-5);
            Assert.Equal(row["t_in_range"] == "0", share.IsExtrapolated);
            Assert.Equal(share.IsExtrapolated, unionized.IsExtrapolated);
            if (Number(row["published_f"]) is { } published)
            {
                Near(published, share.Value, 0.0052);
            }
        }
    }

    [Fact]
    public void Criteria_for_ammonia_are_as_EPA_has_them()
    {
        var rows = Rows("Chemistry/vectors/epa_ammonia_2013.csv");
        Assert.NotEmpty(rows);
        Assert.Contains(rows, row => row["published_cmc_present"].Length > 0);
        foreach (var row in rows)
        {
            var (ph, water) = (new PhValue(Of(row, "ph")), new WaterCelsius(Of(row, "temp_c")));
            var present = AmmoniaCriteria.Acute(ph, water);
            var absent = AmmoniaCriteria.Acute(ph, water, withSalmonids: false);
            var chronic = AmmoniaCriteria.Chronic(ph, water);

            Is("cmc_onco_present", "cmc_present_2sf", "published_cmc_present", present);
            Is("cmc_onco_absent", "cmc_absent_2sf", "published_cmc_absent", absent);
            Is("ccc", "ccc_2sf", "published_ccc", chronic);
            Near(Of(row, "ccc_4day_max"), AmmoniaCriteria.FourDaysFactor * chronic.Value.MilligramsPerLitre, Printed, SixDecimals);
            Near(Of(row, "ccc_mussels_absent"), AmmoniaCriteria.Chronic(ph, water, withMussels: false).Value.MilligramsPerLitre, Printed, SixDecimals);

            void Is(string column, string two, string published, Computed<TotalAmmoniaNitrogen> criterion)
            {
                var value = criterion.Value.MilligramsPerLitre;
                Near(Of(row, column), value, Printed, SixDecimals);
                Near(Of(row, two), AmmoniaCriteria.Printed(value), 1e-12);
                Assert.Equal(row["in_range"] == "0", criterion.IsExtrapolated);
                if (Number(row[published]) is { } known)
                {
                    Near(known, AmmoniaCriteria.Printed(value), 1e-12);
                }
            }
        }
    }

    [Fact]
    public void Electrodes_are_as_Nernst_and_Nikolsky_have_them()
    {
        var rows = Rows("Chemistry/vectors/nernst.csv");
        Assert.Equal(15, rows.Count);
        foreach (var row in rows)
        {
            var (celsius, expected) = (Of(row, "temp_c"), Of(row, "expected"));
            switch (row["kind"])
            {
                case "slope":
                    Near(expected, Nernst.SlopeMillivolts(celsius), Printed);
                    break;
                case "nh4_emf":
                    var electrode = new IonElectrode(1, new Millivolts(100), Of(row, "eff") * Nernst.SlopeMillivolts(celsius), celsius);
                    var apparent = new AmmoniumNitrogen(electrode.MilligramsPerLitreAt(new Millivolts(expected), celsius));
                    Near(Of(row, "c"), WithoutPotassium(apparent).MilligramsPerLitre, 1e-4);
                    break;
                case "nh4_apparent_mg_n_l":
                    Near(Of(row, "c"), WithoutPotassium(new AmmoniumNitrogen(expected)).MilligramsPerLitre, 1e-4);
                    break;
                case "ph_emf":
                    var glass = new PhElectrode(new Millivolts(0), Of(row, "eff") * Nernst.SlopeMillivolts(celsius), celsius);
                    Near(Of(row, "c"), glass.At(new Millivolts(expected), celsius).Value, Printed);
                    break;
                case "ph_shown_without_atc":
                    Near(Of(row, "c"), PhCompensation.At(new PhValue(expected), new WaterCelsius(25), new WaterCelsius(celsius)).Value.Value, Printed);
                    break;
                default:
                    Assert.Fail(row["kind"]);
                    break;
            }

            AmmoniumNitrogen WithoutPotassium(AmmoniumNitrogen apparent) =>
                new PotassiumInterference(Of(row, "ksel")).Without(apparent, new PotassiumIon(Of(row, "k_mg_l")));
        }
    }

    [Fact]
    public void Bases_are_converted_as_known()
    {
        Dictionary<(string, string), double> factors = new()
        {
            [("NH4-N", "NH4+")] = AmmoniumIon.From(new AmmoniumNitrogen(1)).MilligramsPerLitre,
            [("NH4+", "NH4-N")] = AmmoniumNitrogen.From(new AmmoniumIon(1)).MilligramsPerLitre,
            [("NH3-N", "NH3")] = UnionizedAmmonia.From(new UnionizedAmmoniaNitrogen(1)).MilligramsPerLitre,
            [("NH3", "NH3-N")] = 1 / UnionizedAmmonia.PerNitrogen,
            [("NH4-N mg/L", "NH4+ mmol/L")] = 1 / MolarMass.Nitrogen,
            [("(NH4)2SO4", "NH4-N")] = 2 * MolarMass.Nitrogen / MolarMass.AmmoniumSulfate,
            [("NH4Cl", "NH4-N")] = MolarMass.Nitrogen / MolarMass.AmmoniumChloride,
            [("NO3-N", "NO3-")] = MolarMass.Nitrate / MolarMass.Nitrogen,
        };
        var rows = Rows("Chemistry/vectors/conversions.csv");
        Assert.Equal(factors.Count, rows.Count);
        Assert.All(rows, row => Near(Of(row, "factor"), factors[(row["from"], row["to"])], 1e-4));
    }

    private static double Of(Dictionary<string, string> row, string column) => Number(row[column]) ?? 0;

    private static void Near(double expected, double actual, double share, double least = 1e-15) =>
        Assert.Equal(expected, actual, Math.Max(Math.Abs(expected) * share, least));
}
