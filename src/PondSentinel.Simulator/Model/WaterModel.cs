namespace PondSentinel.Simulator.Model;

/// <summary>Pond and stream together, as a function of simulated time: the same seed and time give the same water, in
/// whatever order and however often they are asked for.</summary>
/// <remarks>Thread-safe. Computed in steps of <see cref="Step"/>; in between the last one holds. Going back further than a
/// few minutes computes from the beginning again.</remarks>
/// <param name="seed">The world.</param>
internal sealed class WaterModel(ulong seed)
{
    private const int RecentMax = 64;

    private readonly Lock gate = new();
    private readonly Queue<(long Step, WaterState State)> recent = new();
    private Run run = new(seed);

    /// <summary>Simulated time of one step. A tenth of what a reach needs at the highest flow.</summary>
    public static TimeSpan Step { get; } = TimeSpan.FromSeconds(10);

    /// <summary>The water at a time.</summary>
    /// <param name="time">Simulated time, zero or later.</param>
    public WaterState At(TimeSpan time)
    {
        var step = Math.Max(0, time.Ticks / Step.Ticks);
        lock (gate)
        {
            foreach (var (known, state) in recent)
            {
                if (known == step)
                {
                    return state;
                }
            }

            if (step < run.Step)
            {
                recent.Clear();
                run = new Run(seed);
            }

            while (run.Step < step)
            {
                run.Advance();
            }

            var found = run.State();
            recent.Enqueue((step, found));
            if (recent.Count > RecentMax)
            {
                recent.Dequeue();
            }

            return found;
        }
    }

    /// <summary>One computation from the beginning on.</summary>
    private sealed class Run(ulong seed)
    {
        // 20 ha of bare slope, a third of whose rain runs off, through a store that empties in two hours: choices.
        private const double CatchmentSquareMetres = 200_000;
        private const double RunoffShare = 0.3;
        private static readonly TimeSpan RunoffStoreTime = TimeSpan.FromHours(2);

        // Turbidity: dry 6 NTU; rain washes some hundred NTU in; a leak brings what it erodes. Choices.
        private const double TurbidityBaseNtu = 6;
        private const double TurbidityPerRunoffShareNtu = 250;
        private const double TurbidityPerNitrogenNtu = 1.2;

        private readonly Weather weather = new(seed);
        private readonly Pond pond = new();
        private readonly Brook stream = new();
        private double runoffCubicMetres;
        private double passedBelow;
        private double cameFromAbove;
        private double leftPond;
        private Parcel lastLeak;

        public long Step { get; private set; }

        public void Advance()
        {
            var time = Step * WaterModel.Step;
            var seconds = WaterModel.Step.TotalSeconds;
            var rain = weather.RainMillimetresPerHour(time) * WaterModel.Step.TotalHours;
            var evaporation = Weather.EvaporationMillimetresPerHour * WaterModel.Step.TotalHours;
            var (story, intoDay) = weather.Today(time);
            var leak = story.LeakCubicMetresPerSecond * Story.Extent(intoDay, Story.LeakStart, Story.LeakEnd) * seconds;
            lastLeak = pond.Step(rain, evaporation, leak);

            var runoff = runoffCubicMetres * (WaterModel.Step / RunoffStoreTime);
            runoffCubicMetres += (rain / 1000 * CatchmentSquareMetres * RunoffShare) - runoff;
            var fromSource = Brook.BaseFlowCubicMetresPerSecond * seconds;
            var fromAbove = new Parcel(fromSource + runoff, fromSource * Brook.BackgroundConcentration);
            passedBelow += stream.Step(fromAbove, lastLeak);
            cameFromAbove += fromAbove.NitrogenKilograms;
            leftPond += lastLeak.NitrogenKilograms;
            Step++;
        }

        public WaterState State()
        {
            var time = Step * WaterModel.Step;
            var runoff = runoffCubicMetres / RunoffStoreTime.TotalSeconds;
            var flow = Brook.BaseFlowCubicMetresPerSecond + runoff;
            var runoffShare = runoff / flow;
            var background = Brook.BackgroundConcentration * (1 - runoffShare);
            return new WaterState
            {
                Ledger = new Ledger(
                    pond.NitrogenKilograms, stream.NitrogenKilograms, passedBelow, cameFromAbove, leftPond),
                PondCubicMetres = pond.VolumeCubicMetres,
                LeakCubicMetresPerSecond = lastLeak.WaterCubicMetres / WaterModel.Step.TotalSeconds,
                FlowCubicMetresPerSecond = flow,
                Above = Water(time, background, background, runoffShare),
                Below = Water(time, stream.ConcentrationBelow, background, runoffShare),
            };
        }

        private static StreamWater Water(TimeSpan time, double concentration, double background, double runoffShare)
        {
            var leaked = Math.Max(0, concentration - background);
            var alkalinity = (Acidity.BackgroundAlkalinity * (1 - runoffShare)) + (Acidity.RunoffAlkalinity * runoffShare);
            return new StreamWater(
                concentration * 1000,
                Acidity.Ph(alkalinity, leaked, Weather.Afternoon(time)),
                TurbidityBaseNtu + (TurbidityPerRunoffShareNtu * runoffShare) + (TurbidityPerNitrogenNtu * leaked * 1000),
                Weather.WaterCelsius(time));
        }
    }
}
