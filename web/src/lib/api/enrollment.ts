import { whenDone } from '@lib/api/base';
import { enrollmentApi } from '@lib/api/enrollment.gen';

enrollmentApi.enhanceEndpoints({
  addTagTypes: ['Seats', 'MySeats', 'Home', 'Learning', 'Progress'],
  endpoints: {
    mySeats: { providesTags: ['MySeats'] },
    enrol: { invalidatesTags: whenDone('MySeats', 'Home', 'Learning', 'Seats') },
    withdraw: { invalidatesTags: whenDone('MySeats', 'Home', 'Learning', 'Seats') },
    seats: { providesTags: ['Seats'] },
    seatRules: { providesTags: ['Seats'] },
    grantSeat: { invalidatesTags: whenDone('Seats', 'Progress') },
    removeSeat: { invalidatesTags: whenDone('Seats', 'Progress') },
    updateSeatRules: { invalidatesTags: whenDone('Seats') },
    importSeats: { invalidatesTags: (_, error, { dryRun }) => (error || dryRun ? [] : ['Seats', 'Progress']) },
  },
});

export * from '@lib/api/enrollment.gen';
